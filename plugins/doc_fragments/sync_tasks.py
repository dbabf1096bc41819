# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the modules' documentation by tools/generate: change the documentation, then run `make generate`.
"""The tasks option of cloud_sync_tasks."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the list of cloud sync tasks."""

    DOCUMENTATION = r"""
options:
  tasks:
    description:
    - The desired tasks, each with the options of M(nasops.truenas.cloud_sync_task).
    type: list
    elements: dict
    required: true
    suboptions:
      description:
        description:
        - Description of the task, which identifies it. Case and spaces matter.
        - The NAS does not keep descriptions unique. If several tasks have it, the task fails and lists their IDs
          for O(tasks[].id).
        type: str
        required: true
        aliases:
        - name
      id:
        description:
        - ID of the task on the NAS, to choose one of several tasks with the same description. With it, a description
          that differs is a change.
        - IDs differ between NAS systems, so set it only where descriptions are not unique.
        type: int
      state:
        description:
        - Whether the task must exist.
        - V(present) creates or updates the task. Options that are not set keep their stored value, or get the default
          of the NAS if the task is created.
        - V(absent) deletes the task. The data at the provider stays. The NAS aborts a run that is in progress.
        type: str
        choices:
        - present
        - absent
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
        aliases:
        - credentials
      path:
        description:
        - Dataset or folder on the NAS. The NAS does not check that it exists; a run without it fails.
        - Required to create a task.
        type: str
        aliases:
        - source_path
      bucket:
        description:
        - Bucket or container at the provider. Required to create a task if the provider has buckets, and refused
          otherwise.
        type: str
        aliases:
        - container
      folder:
        description:
        - Folder at the provider, in O(tasks[].bucket) if the provider has buckets. An empty text is the root.
        - Required to create a task.
        - Texts that lead to the same folder are equal. Slashes at the end mean nothing, and those at the beginning
          only matter for providers without buckets.
        type: str
      fast_list:
        description:
        - Whether to use fewer requests and more memory to list the remote files. Only for providers with buckets,
          Google Drive, and Yandex Disk.
        type: bool
        aliases:
        - use_fast_list
      chunk_size:
        description:
        - Size of the parts of an upload in MiB. Only for Backblaze B2, at least 5, and Dropbox, from 5 to 149.
        - TrueNAS 25.10.0, and no later release, refuses more than 149 for Backblaze B2, too.
        type: int
        aliases:
        - upload_chunk_size
      storage_class:
        description:
        - Storage class of new objects. An empty text is the default of the provider. Only for S3.
        type: str
        choices:
        - ''
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
        - If the credential has no region, the NAS asks the provider at each write and stores the answer, so this
          option has no effect and is not compared. Check mode shows null for a new task.
        type: str
      server_side_encryption:
        description:
        - Encryption that the provider applies to new objects. An empty text turns it off. Only for S3.
        type: str
        choices:
        - ''
        - AES256
      bucket_policy_only:
        description:
        - Whether access checks use the policies of the bucket instead of those of each object. Only for Google
          Cloud Storage.
        type: bool
      acknowledge_abuse:
        description:
        - Whether to download files that the provider reports as malware or spam. Only for Google Drive.
        type: bool
      schedule:
        description:
        - When the NAS runs the task, as five fields of cron. A field that is not set has its default, also in an
          update, because the NAS replaces the schedule as a whole.
        - Schedules are compared by the times at which cron runs the task. V(00) and V(0) are equal, V(7) and V(0)
          are the same weekday, and V(MON-FRI) is V(1-5).
        - The NAS accepts some texts that its cron reads differently or not at all. The task refuses them, and shows
          what to write. One text that cron cannot read stops every scheduled task of the NAS.
        - If both O(tasks[].schedule.dom) and O(tasks[].schedule.dow) are restricted, the task runs on days that
          match one of them. If one of them begins with V(*), a day must match both.
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
            aliases:
            - day
          month:
            description: Months, from 1 to 12 or from C(jan) to C(dec). V(*) if it is not set.
            type: str
          dow:
            description: Days of the week, from 0 to 7 or from C(sun) to C(sat). V(*) if it is not set.
            type: str
            aliases:
            - weekday
      pre_script:
        description:
        - Commands that the NAS runs before the task. Every account that can list tasks can read them.
        - Only a full administrator can store a script, or change any option of a task that has one.
        type: str
      post_script:
        description:
        - Commands that the NAS runs after the task, with the same limits as O(tasks[].pre_script).
        type: str
      snapshot:
        description:
        - Whether to take a snapshot of the dataset and to transfer from it. Only for a dataset without child datasets.
        type: bool
        aliases:
        - take_snapshot
        - use_snapshot
      include:
        description:
        - Patterns of files to transfer; an empty list is all files.
        type: list
        elements: str
      exclude:
        description:
        - Patterns of files not to transfer. Cloud sync tasks use the patterns of rclone, and cloud backup tasks
          those of restic.
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
      direction:
        description:
        - V(PUSH) transfers from the NAS to the provider, V(PULL) from the provider to the NAS. Required to create
          a task.
        type: str
        choices:
        - PUSH
        - PULL
      transfer_mode:
        description:
        - V(SYNC) makes the destination equal to the source, and deletes what the source does not have. V(COPY)
          never deletes. V(MOVE) deletes files from the source after the transfer. Required to create a task.
        type: str
        choices:
        - SYNC
        - COPY
        - MOVE
      bwlimit:
        description:
        - Bandwidth limits by time of day. Each item is a text such as V(08:00,512K) or V(23:00,off), or a mapping
          with C(time) and C(bandwidth). A text without a time is the limit for the whole day.
        - A number without a unit is in bytes per second. K, M, and G are powers of 1024.
        type: list
        elements: raw
        aliases:
        - bandwidth_limit
      transfers:
        description:
        - Number of files to transfer at the same time. V(0) is the default of rclone.
        type: int
      encryption:
        description:
        - Whether to encrypt files on the NAS before they are transferred, and to decrypt pulled files.
        type: bool
        aliases:
        - remote_encryption
      filename_encryption:
        description:
        - Whether to encrypt the names of files and folders as well. Requires O(tasks[].encryption=true) to have
          an effect.
        type: bool
      encryption_password:
        description:
        - Password of the encryption. Required with O(tasks[].encryption=true). Without it, the files at the provider
          are lost.
        type: str
      encryption_salt:
        description:
        - A second password for the encryption.
        type: str
      create_empty_src_dirs:
        description:
        - Whether to create empty folders of the source at the destination.
        type: bool
        aliases:
        - create_empty_source_dirs
      follow_symlinks:
        description:
        - Whether to transfer the targets of symbolic links.
        type: bool
      undeclared:
        description:
        - How to treat options that are not set in an update.
        - V(keep) leaves the stored values.
        - V(default) resets them to the defaults of the NAS, except for those that have none, such as C(path).
        - If not set, the item uses O(undeclared) of the task.
        type: str
        choices:
        - keep
        - default
      update_secret:
        description:
        - When to write declared secrets.
        - V(always) overwrites stored secrets that differ.
        - V(on_create) writes them only where the NAS stores none, and C(kept_fields) lists those that it keeps.
        - If not set, the item uses O(update_secret) of the task.
        type: str
        choices:
        - always
        - on_create
      provider_timeout:
        description:
        - Seconds to wait for one write. The NAS contacts the provider in some writes of cloud sync tasks and in
          every write of cloud backup tasks, and sets no limit itself.
        - If not set, the item uses O(provider_timeout) of the task.
        type: float
"""

    AUDIT = r"""
options:
  sync_tasks:
    description:
    - The declared cloud sync tasks, each with the options of M(nasops.truenas.cloud_sync_task).
    type: list
    elements: dict
    required: false
    suboptions:
      description:
        description:
        - Description of the task, which identifies it. Case and spaces matter.
        - The NAS does not keep descriptions unique. If several tasks have it, the task fails and lists their IDs
          for O(sync_tasks[].id).
        type: str
        required: true
        aliases:
        - name
      id:
        description:
        - ID of the task on the NAS, to choose one of several tasks with the same description. With it, a description
          that differs is a change.
        - IDs differ between NAS systems, so set it only where descriptions are not unique.
        type: int
      state:
        description:
        - Whether the task must exist.
        - V(present) creates or updates the task. Options that are not set keep their stored value, or get the default
          of the NAS if the task is created.
        - V(absent) deletes the task. The data at the provider stays. The NAS aborts a run that is in progress.
        type: str
        choices:
        - present
        - absent
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
        aliases:
        - credentials
      path:
        description:
        - Dataset or folder on the NAS. The NAS does not check that it exists; a run without it fails.
        - Required to create a task.
        type: str
        aliases:
        - source_path
      bucket:
        description:
        - Bucket or container at the provider. Required to create a task if the provider has buckets, and refused
          otherwise.
        type: str
        aliases:
        - container
      folder:
        description:
        - Folder at the provider, in O(sync_tasks[].bucket) if the provider has buckets. An empty text is the root.
        - Required to create a task.
        - Texts that lead to the same folder are equal. Slashes at the end mean nothing, and those at the beginning
          only matter for providers without buckets.
        type: str
      fast_list:
        description:
        - Whether to use fewer requests and more memory to list the remote files. Only for providers with buckets,
          Google Drive, and Yandex Disk.
        type: bool
        aliases:
        - use_fast_list
      chunk_size:
        description:
        - Size of the parts of an upload in MiB. Only for Backblaze B2, at least 5, and Dropbox, from 5 to 149.
        - TrueNAS 25.10.0, and no later release, refuses more than 149 for Backblaze B2, too.
        type: int
        aliases:
        - upload_chunk_size
      storage_class:
        description:
        - Storage class of new objects. An empty text is the default of the provider. Only for S3.
        type: str
        choices:
        - ''
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
        - If the credential has no region, the NAS asks the provider at each write and stores the answer, so this
          option has no effect and is not compared. Check mode shows null for a new task.
        type: str
      server_side_encryption:
        description:
        - Encryption that the provider applies to new objects. An empty text turns it off. Only for S3.
        type: str
        choices:
        - ''
        - AES256
      bucket_policy_only:
        description:
        - Whether access checks use the policies of the bucket instead of those of each object. Only for Google
          Cloud Storage.
        type: bool
      acknowledge_abuse:
        description:
        - Whether to download files that the provider reports as malware or spam. Only for Google Drive.
        type: bool
      schedule:
        description:
        - When the NAS runs the task, as five fields of cron. A field that is not set has its default, also in an
          update, because the NAS replaces the schedule as a whole.
        - Schedules are compared by the times at which cron runs the task. V(00) and V(0) are equal, V(7) and V(0)
          are the same weekday, and V(MON-FRI) is V(1-5).
        - The NAS accepts some texts that its cron reads differently or not at all. The task refuses them, and shows
          what to write. One text that cron cannot read stops every scheduled task of the NAS.
        - If both O(sync_tasks[].schedule.dom) and O(sync_tasks[].schedule.dow) are restricted, the task runs on
          days that match one of them. If one of them begins with V(*), a day must match both.
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
            aliases:
            - day
          month:
            description: Months, from 1 to 12 or from C(jan) to C(dec). V(*) if it is not set.
            type: str
          dow:
            description: Days of the week, from 0 to 7 or from C(sun) to C(sat). V(*) if it is not set.
            type: str
            aliases:
            - weekday
      pre_script:
        description:
        - Commands that the NAS runs before the task. Every account that can list tasks can read them.
        - Only a full administrator can store a script, or change any option of a task that has one.
        type: str
      post_script:
        description:
        - Commands that the NAS runs after the task, with the same limits as O(sync_tasks[].pre_script).
        type: str
      snapshot:
        description:
        - Whether to take a snapshot of the dataset and to transfer from it. Only for a dataset without child datasets.
        type: bool
        aliases:
        - take_snapshot
        - use_snapshot
      include:
        description:
        - Patterns of files to transfer; an empty list is all files.
        type: list
        elements: str
      exclude:
        description:
        - Patterns of files not to transfer. Cloud sync tasks use the patterns of rclone, and cloud backup tasks
          those of restic.
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
      direction:
        description:
        - V(PUSH) transfers from the NAS to the provider, V(PULL) from the provider to the NAS. Required to create
          a task.
        type: str
        choices:
        - PUSH
        - PULL
      transfer_mode:
        description:
        - V(SYNC) makes the destination equal to the source, and deletes what the source does not have. V(COPY)
          never deletes. V(MOVE) deletes files from the source after the transfer. Required to create a task.
        type: str
        choices:
        - SYNC
        - COPY
        - MOVE
      bwlimit:
        description:
        - Bandwidth limits by time of day. Each item is a text such as V(08:00,512K) or V(23:00,off), or a mapping
          with C(time) and C(bandwidth). A text without a time is the limit for the whole day.
        - A number without a unit is in bytes per second. K, M, and G are powers of 1024.
        type: list
        elements: raw
        aliases:
        - bandwidth_limit
      transfers:
        description:
        - Number of files to transfer at the same time. V(0) is the default of rclone.
        type: int
      encryption:
        description:
        - Whether to encrypt files on the NAS before they are transferred, and to decrypt pulled files.
        type: bool
        aliases:
        - remote_encryption
      filename_encryption:
        description:
        - Whether to encrypt the names of files and folders as well. Requires O(sync_tasks[].encryption=true) to
          have an effect.
        type: bool
      encryption_password:
        description:
        - Password of the encryption. Required with O(sync_tasks[].encryption=true). Without it, the files at the
          provider are lost.
        type: str
      encryption_salt:
        description:
        - A second password for the encryption.
        type: str
      create_empty_src_dirs:
        description:
        - Whether to create empty folders of the source at the destination.
        type: bool
        aliases:
        - create_empty_source_dirs
      follow_symlinks:
        description:
        - Whether to transfer the targets of symbolic links.
        type: bool
      undeclared:
        description:
        - How to treat options that are not set in an update.
        - V(keep) leaves the stored values.
        - V(default) resets them to the defaults of the NAS, except for those that have none, such as C(path).
        - If not set, the item uses O(undeclared) of the task.
        type: str
        choices:
        - keep
        - default
      update_secret:
        description:
        - When to write declared secrets.
        - V(always) overwrites stored secrets that differ.
        - V(on_create) writes them only where the NAS stores none, and C(kept_fields) lists those that it keeps.
        - If not set, the item uses O(update_secret) of the task.
        type: str
        choices:
        - always
        - on_create
      provider_timeout:
        description:
        - Seconds to wait for one write. The NAS contacts the provider in some writes of cloud sync tasks and in
          every write of cloud backup tasks, and sets no limit itself.
        type: float
    default: []
"""
