# SPDX-License-Identifier: GPL-3.0-or-later
"""Protected buckets on Ceph, SeaweedFS, and moto: what each server keeps of a setting, and what the module makes of that."""
