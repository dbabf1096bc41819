# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that cloud sync tasks and cloud backup tasks share."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules for tasks share."""

    DOCUMENTATION = r"""
options:
  description:
    description:
      - Description of the task, which identifies it. Case and spaces matter.
      - The NAS does not keep descriptions unique. If several tasks have it, the task fails and lists their IDs for O(id).
    type: str
    required: true
    aliases: [name]
  id:
    description:
      - ID of the task on the NAS, to choose one of several tasks with the same description. With it, a description that differs
        is a change.
      - IDs differ between NAS systems, so set it only where descriptions are not unique.
    type: int
  state:
    description:
      - Whether the task must exist.
      - V(present) creates or updates the task. Options that are not set keep their stored value, or get the default of the NAS if
        the task is created.
      - V(absent) deletes the task. The data at the provider stays. The NAS aborts a run that is in progress.
    type: str
    choices: [present, absent]
    default: present
  new_description:
    description:
      - Rename the task to this. If it already has this description, nothing changes.
    type: str
  credential:
    description:
      - Name of the cloud credential that the task uses. The task looks up its ID on each NAS.
      - Required to create a task.
    type: str
    aliases: [credentials]
  path:
    description:
      - Dataset or folder on the NAS. The NAS does not check that it exists; a run without it fails.
      - Required to create a task.
    type: str
    aliases: [source_path]
  bucket:
    description:
      - Bucket or container at the provider. Required to create a task if the provider has buckets, and refused otherwise.
    type: str
    aliases: [container]
  folder:
    description:
      - Folder at the provider, in O(bucket) if the provider has buckets. An empty text is the root.
      - Required to create a task.
      - Texts that lead to the same folder are equal. Slashes at the end mean nothing, and those at the beginning only matter for
        providers without buckets.
    type: str
  fast_list:
    description:
      - Whether to use fewer requests and more memory to list the remote files. Only for providers with buckets, Google Drive, and
        Yandex Disk.
    type: bool
    aliases: [use_fast_list]
  chunk_size:
    description:
      - Size of the parts of an upload in MiB. Only for Backblaze B2, at least 5, and Dropbox, from 5 to 149.
      - TrueNAS 25.10.0, and no later release, refuses more than 149 for Backblaze B2, too.
    type: int
    aliases: [upload_chunk_size]
  storage_class:
    description:
      - Storage class of new objects. An empty text is the default of the provider. Only for S3.
    type: str
    choices:
      - ""
      - STANDARD
      - REDUCED_REDUNDANCY
      - STANDARD_IA
      - ONEZONE_IA
      - INTELLIGENT_TIERING
      - GLACIER
      - GLACIER_IR
      - DEEP_ARCHIVE
  region:
    description:
      - Region of the bucket. Only for S3.
      - If the credential has no region, the NAS asks the provider at each write and stores the answer, so this option has no
        effect and is not compared. Check mode shows null for a new task.
    type: str
  server_side_encryption:
    description:
      - Encryption that the provider applies to new objects. An empty text turns it off. Only for S3.
    type: str
    choices: ["", AES256]
  bucket_policy_only:
    description:
      - Whether access checks use the policies of the bucket instead of those of each object. Only for Google Cloud Storage.
    type: bool
  acknowledge_abuse:
    description:
      - Whether to download files that the provider reports as malware or spam. Only for Google Drive.
    type: bool
  schedule:
    description:
      - When the NAS runs the task, as five fields of cron. A field that is not set has its default, also in an update, because
        the NAS replaces the schedule as a whole.
      - Schedules are compared by the times at which cron runs the task. V(00) and V(0) are equal, V(7) and V(0) are the same
        weekday, and V(MON-FRI) is V(1-5).
      - The NAS accepts some texts that its cron reads differently or not at all. The task refuses them, and shows what to write.
        One text that cron cannot read stops every scheduled task of the NAS.
      - If both O(schedule.dom) and O(schedule.dow) are restricted, the task runs on days that match one of them. If one of them
        begins with V(*), a day must match both.
      - A task that is created without this option runs every hour.
    type: dict
    suboptions:
      minute:
        description: Minutes of the hour, from 0 to 59. V(00) if it is not set.
        type: str
      hour:
        description: Hours of the day, from 0 to 23. V(*) if it is not set.
        type: str
      dom:
        description: Days of the month, from 1 to 31. V(*) if it is not set.
        type: str
        aliases: [day]
      month:
        description: Months, from 1 to 12 or from C(jan) to C(dec). V(*) if it is not set.
        type: str
      dow:
        description: Days of the week, from 0 to 7 or from C(sun) to C(sat). V(*) if it is not set.
        type: str
        aliases: [weekday]
  pre_script:
    description:
      - Commands that the NAS runs before the task. Every account that can list tasks can read them.
      - Only a full administrator can store a script, or change any option of a task that has one.
    type: str
  post_script:
    description:
      - Commands that the NAS runs after the task, with the same limits as O(pre_script).
    type: str
  snapshot:
    description:
      - Whether to take a snapshot of the dataset and to transfer from it. Only for a dataset without child datasets.
    type: bool
    aliases: [take_snapshot, use_snapshot]
  include:
    description:
      - Patterns of files to transfer; an empty list is all files.
    type: list
    elements: str
  exclude:
    description:
      - Patterns of files not to transfer. Cloud sync tasks use the patterns of rclone, and cloud backup tasks those of restic.
    type: list
    elements: str
  args:
    description:
      - Additional arguments of rclone.
    type: str
  enabled:
    description:
      - Whether the NAS runs the task on its schedule.
    type: bool
"""

    WRITE = r"""
options:
  undeclared:
    description:
      - How to treat options that are not set in an update.
      - V(keep) leaves the stored values.
      - V(default) resets them to the defaults of the NAS, except for those that have none, such as C(path).
    type: str
    choices: [keep, default]
    default: keep
  update_secret:
    description:
      - When to write declared secrets.
      - V(always) overwrites stored secrets that differ.
      - V(on_create) writes them only where the NAS stores none, and C(kept_fields) lists those that it keeps.
    type: str
    choices: [always, on_create]
    default: always
  provider_timeout:
    description:
      - Seconds to wait for one write. The NAS contacts the provider in some writes of cloud sync tasks and in every write of
        cloud backup tasks, and sets no limit itself.
    type: float
    default: 300
"""

    INFO = r"""
options:
  description:
    description:
      - Return only the tasks with exactly this description.
    type: str
  credential:
    description:
      - Return only the tasks that use the credential of this name.
    type: str
"""

    SUBJECT = r"""
options:
  description:
    description:
      - Description of the stored task. Exactly one of O(description) and O(id) is required.
      - If several tasks have it, the module fails and names their IDs, because the NAS does not keep descriptions unique.
    type: str
  id:
    description:
      - ID of the stored task on the NAS.
    type: int
"""

    RUN = r"""
options:
  wait:
    description:
      - Whether to wait for the end of the run.
      - With V(false), the module returns as soon as the NAS has started the run, and its outcome stays unknown.
    type: bool
    default: true
  run_timeout:
    description:
      - Seconds to wait for the end of the run, at most 2592000 (30 days). O(timeout) does not apply to the run.
      - The module fails if the run takes longer. The NAS continues the run, unless O(abort_on_timeout=true).
    type: float
    default: 86400
  abort_on_timeout:
    description:
      - Whether to abort a run that does not end within O(run_timeout). Files that are transferred by then stay where they are.
      - A run that this module did not start is never aborted.
    type: bool
    default: false
"""
