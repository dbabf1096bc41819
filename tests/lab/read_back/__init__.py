# SPDX-License-Identifier: GPL-3.0-or-later
"""Protected buckets on Ceph, SeaweedFS, and moto: the parts of a setting that each server keeps, and the result of the module."""
