# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants that nothing could notice: function, code, and mutated code, with the reason."""
# ruff: noqa: E501 - the code of mutants stands on one line

from __future__ import annotations

_UNDO = (
    "CredentialPlan(action=UPDATED, name=previous.name, id=written.id, "
    "payload={'name': previous.name, 'provider': previous.wire}, candidate=previous.wire)"
)

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "credential.export._identifier",
        "re.sub('[^0-9a-z]+', '_', '_'.join(parts).lower()).strip('_')",
        "re.sub('[^0-9a-z]+', '_', '_'.join(parts).lower()).strip('XX_XX')",
    ): "The text is in lower case, so it has no X.",
    (
        "credential.export.export",
        "document(credential.name, provider, credential.wire_type, credential.values, True, keypairs)",
        "document(credential.name, provider, None, credential.values, True, keypairs)",
    ): "The type is only shown for a provider that this collection does not support.",
    (
        "credential.export.export",
        "document(credential.name, provider, credential.wire_type, credential.values, True, keypairs)",
        "document(credential.name, provider, credential.wire_type, credential.values, False, keypairs)",
    ): "A variable takes the place of each value that would be masked.",
    (
        "credential.export.export",
        "document(credential.name, provider, credential.wire_type, credential.values, True, keypairs)",
        "document(credential.name, provider, credential.wire_type, credential.values, None, keypairs)",
    ): "A variable takes the place of each value that would be masked.",
    (
        "credential.export.free_variable",
        "_identifier('vault_nas', *parts)",
        "_identifier('VAULT_NAS', *parts)",
    ): "Names of variables are converted to lower case.",
    (
        "credential.export.prefix_of",
        "_identifier('vault_nas', host)",
        "_identifier('VAULT_NAS', host)",
    ): "Names of variables are converted to lower case.",
    (
        "credential.facts.foreseen_users",
        "change.get('credential') or ''",
        "change.get('credential') or 'XXXX'",
    ): "Neither text is the name of a credential: the text stands for a task that uses none.",
    (
        "credential.kind._generate_keypairs",
        "replace(job, change=with_new_keypair(job.change, keypair)) if keypair else job",
        "replace(job, change=with_new_keypair(job.change, keypair)) if keypair or True else job",
    ): "A plan that needs no keypair stays as it is.",
    (
        "credential.kind._may_retry",
        "wanted(job.desired, again, False)",
        "wanted(job.desired, again, None)",
    ): "Only whether the value is true counts.",
    (
        "credential.deletion.plan_deletion",
        "facts.reassignments.get(current.id, Reassignment())",
        "facts.reassignments.get(current.id)",
    ): "Only a replacement that cannot be planned has no entry, and it is refused before.",
    (
        "credential.deletion.plan_deletion",
        "facts.reassignments.get(current.id, Reassignment())",
        "facts.reassignments.get(current.id, None)",
    ): "Only a replacement that cannot be planned has no entry, and it is refused before.",
    (
        "credential.plan._plan",
        "current.wire_type if current else ''",
        "current.wire_type if current else 'XXXX'",
    ): "Without a provider, it is the plan of a rename, which has a stored credential.",
    (
        "credential.plan._plan",
        "current.wire_type if current else ''",
        "current.wire_type if current or True else ''",
    ): "Without a provider, it is the plan of a rename, which has a stored credential.",
    (
        "credential.support.too_new",
        "''",
        "'XXXX'",
    ): "No provider has one of these types.",
    (
        "credential.plan._update",
        "current.values.get(name, ...)",
        "current.values.get(name)",
    ): "A field that can be null counts as null if the NAS does not store it.",
    (
        "credential.plan._update",
        "current.values.get(name, ...)",
        "current.values.get(name, None)",
    ): "A field that can be null counts as null if the NAS does not store it.",
    (
        "credential.change.undo",
        "CredentialPlan(action=DELETED, name=written.name, id=written.id)",
        "CredentialPlan(action=DELETED, name=None, id=written.id)",
    ): "The call that rolls back uses the ID and the payload, and nothing shows the name.",
    (
        "credential.change.undo",
        _UNDO,
        "CredentialPlan(action=UPDATED, name=None, id=written.id, payload={'name': previous.name, 'provider': previous.wire}, candidate=previous.wire)",
    ): "The call that rolls back uses the ID and the payload, and nothing shows the name.",
    (
        "credential.change.undo",
        _UNDO,
        "CredentialPlan(action=UPDATED, name=previous.name, id=written.id, payload={'name': previous.name, 'provider': previous.wire})",
    ): "The secrets in `candidate` are removed from the error of a rollback, which is never shown.",
    (
        "credential.replaced._shown",
        "(None, '', options[name].default)",
        "(None, 'XXXX', options[name].default)",
    ): "No field has this value.",
    (
        "credential.replaced._shown",
        "document(previous.name, previous.provider, previous.wire_type, identifying, keypairs=keypairs)",
        "document(None, previous.provider, previous.wire_type, identifying, keypairs=keypairs)",
    ): "Only the fields of the provider are shown.",
    (
        "credential.replaced._shown",
        "document(previous.name, previous.provider, previous.wire_type, identifying, keypairs=keypairs)",
        "document(previous.name, previous.provider, None, identifying, keypairs=keypairs)",
    ): "Only the fields of the provider are shown.",
    (
        "credential.shared_secrets.move_shared",
        "free_variable(taken, len(after) + 1, 'shared', name.removeprefix(prefix_of(host)))",
        "free_variable(taken, len(after) + 1, 'SHARED', name.removeprefix(prefix_of(host)))",
    ): "Names of variables are converted to lower case.",
    (
        "credential.stored._changed",
        "change.get('provider') or ''",
        "change.get('provider') or 'XXXX'",
    ): "No provider has this key.",
    (
        "credential.stored.foresee",
        "-1",
        "-2",
    ): "Both numbers are negative, and no stored credential has a negative ID.",
    (
        "credential.verification.around_write._is_ours",
        "job.change.provider.token_field if job.change.provider else ''",
        "job.change.provider.token_field if job.change.provider else 'XXXX'",
    ): "No field has this name.",
    (
        "credential.verification.around_write._left_alone",
        "job.error is None or job.entry is None or isinstance(stored, TrueNASError)",
        "job.error is None and job.entry is None or isinstance(stored, TrueNASError)",
    ): "The condition is there for the type checker: callers only pass jobs with an error and an entry.",
    (
        "credential.verification.around_write._left_alone",
        "job.error is None or job.entry is None or isinstance(stored, TrueNASError)",
        "job.error is None or (job.entry is None and isinstance(stored, TrueNASError))",
    ): "The condition is there for the type checker: callers only pass jobs with an error and an entry.",
    (
        "credential.verification.around_write._rolled_back",
        "job.error is None or job.entry is None or (not written)",
        "job.error is None and job.entry is None or not written",
    ): "The condition is there for the type checker: callers only pass jobs with an error and an entry.",
    (
        "credential.verification.around_write._rolled_back",
        "replace(job, entry=None)",
        "replace(job)",
    ): "The job wrote nothing, so its change does not count as applied, with or without an entry.",
    (
        "credential.verification.around_write._rolled_back",
        "replace(job, entry=now)",
        "replace(job)",
    ): "The entry differs from what is stored only in a refreshed token, which is masked.",
    (
        "credential.verification.ask._jobs",
        "(keys or {}).get(keypair_id) if keypair_id is not None else None",
        "(keys or {}).get(keypair_id) if keypair_id is not None or True else None",
    ): "No keypair has the ID null.",
    (
        "credential.verification.ask._jobs",
        "subject.provider is not None and subject.provider.probe is not None",
        "subject.provider is not None or subject.provider.probe is not None",
    ): "A subject without a provider or a probe was skipped before.",
    (
        "credential.verification.ask._judge",
        "Verification(VALID, NAS, seconds=seconds)",
        "Verification(VALID, seconds=seconds)",
    ): "It is the default value of the field.",
    (
        "credential.verification.ask._judge",
        "Verification(causes.INCONCLUSIVE, NAS, error='The NAS answered in a form that this collection does not support')",
        "Verification(causes.INCONCLUSIVE, error='The NAS answered in a form that this collection does not support')",
    ): "It is the default value of the field.",
    (
        "credential.verification.ask._judge",
        "Verification(causes.INCONCLUSIVE, NAS, error=_CANNOT_LIST, hint=_HOW_TO_LIST, seconds=seconds)",
        "Verification(causes.INCONCLUSIVE, error=_CANNOT_LIST, hint=_HOW_TO_LIST, seconds=seconds)",
    ): "It is the default value of the field.",
    (
        "credential.verification.ask._judge",
        "_refusal(subject, NAS, text, causes.TIMEOUT, seconds)",
        "_refusal(subject, NAS, text, None, seconds)",
    ): "The text is recognized as a timeout.",
    (
        "engine.apply._give_way",
        "replace(job.change, action=DELETED, id=job.entry.id, payload={})",
        "replace(job.change, action=DELETED, id=job.entry.id, payload=None)",
    ): "Only whether the value is true counts.",
    (
        "engine.apply.apply",
        "steps.verify(steps.prepare(jobs, nas), nas, False)",
        "steps.verify(steps.prepare(jobs, nas), nas, None)",
    ): "Only whether the value is true counts.",
    (
        "engine.batch._index",
        "-1",
        "-2",
    ): "A problem without an index is the only one: the empty list of a purge.",
    (
        "engine.batch._index",
        "problem.item.index if problem.item and problem.item.index is not None else -1",
        "problem.item.index if problem.item and problem.item.index is not None else +1",
    ): "A problem without an index is the only one: the empty list of a purge.",
    (
        "engine.batch.ensure",
        "job.change.id or 0",
        "job.change.id or 1",
    ): "A change that deletes has an ID.",
    (
        "engine.names.Naming.subject",
        "self.find(stored, desired.new_name, renamed) if desired.new_name else None",
        "self.find(stored, desired.new_name, renamed) if desired.new_name or True else None",
    ): "No object has the name null.",
    (
        "engine.names.place",
        "'name'",
        "'NAME'",
    ): "The default is only used for rows that are not mappings, which have no name.",
    (
        "engine.names.place",
        "'name'",
        "'XXnameXX'",
    ): "The default is only used for rows that are not mappings, which have no name.",
    (
        "engine.store.Store.__init__",
        "self._fault: ServerFault | None = None",
        "self._fault: ServerFault | None = ''",
    ): "Only whether there is one counts.",
    (
        "engine.store.Store._forget",
        "change.id or 0",
        "change.id or 1",
    ): "A change that deletes has an ID.",
    (
        "engine.store.Store._forget",
        "self._entries.pop(change.id or 0, None)",
        "self._entries.pop(change.id or 0)",
    ): "The cache has each object that is deleted, because the plan is made from it.",
    (
        "engine.store.Store._written",
        "self._written(change, ConnectionLost(str(fault)))",
        "self._written(None, ConnectionLost(str(fault)))",
    ): "The change is not used for a lost reply.",
    (
        "engine.store.Store.write",
        "lost: TrueNASError | None = None",
        "lost: TrueNASError | None = ''",
    ): "Each call has an outcome unless an error ends the session.",
    (
        "engine.store.rows",
        "place(index, row)",
        "place(index, None)",
    ): "Only rows that are not mappings come here, and they have no ID and no name.",
    (
        "providers.azureblob.AzureBlob.warn",
        "url.hostname or ''",
        "url.hostname or 'XXXX'",
    ): "Neither text is the host of an emulator.",
    (
        "providers.azureblob.AzureBlob.warn",
        "values.get('endpoint') or ''",
        "values.get('endpoint') or 'XXXX'",
    ): "Neither text is the address of Azure or of an emulator.",
    (
        "providers.base.Provider.parse",
        "error.errors(include_url=False, include_input=False)",
        "error.errors(include_input=False)",
    ): "No message has the address of a page about the error.",
    (
        "providers.base.Provider.parse",
        "error.errors(include_url=False, include_input=False)",
        "error.errors(include_url=False)",
    ): "No message has the value.",
    (
        "providers.base.Provider.parse",
        "error.errors(include_url=False, include_input=False)",
        "error.errors(include_url=False, include_input=True)",
    ): "No message has the value.",
    (
        "providers.base.Provider.parse",
        "error.errors(include_url=False, include_input=False)",
        "error.errors(include_url=True, include_input=False)",
    ): "No message has the address of a page about the error.",
    (
        "providers.base.Provider.same_client",
        "return True",
        "return False",
    ): "Only providers with a token are asked, and they have their own method.",
    (
        "providers.base.Provider.token_is_newer",
        "return False",
        "return True",
    ): "Only providers with a token are asked, and they have their own method.",
    (
        "providers.base.Provider.warn_of_lengths",
        "(0, 0)",
        "(1, 0)",
    ): "Without an upper limit, no length is compared.",
    (
        "providers.google_cloud_storage.GoogleCloudStorage.from_rclone",
        "options.get('service_account_credentials', '')",
        "options.get('service_account_credentials', 'XXXX')",
    ): "Neither text is JSON, and both give an empty project.",
    (
        "providers.google_cloud_storage.GoogleCloudStorage.warn",
        "values.get('service_account_credentials') or ''",
        "values.get('service_account_credentials') or 'XXXX'",
    ): "Neither text is JSON, and neither is warned about.",
    (
        "providers.json_values._leaves",
        "''",
        "'XXXX'",
    ): "Only the texts of an object are asked for, and each of them has a name.",
    (
        "providers.oauth.OAuthProvider.warn",
        "token.end and token.end <= datetime.datetime.now(datetime.UTC)",
        "token.end and token.end < datetime.datetime.now(datetime.UTC)",
    ): "The clock would have to show the microsecond of the expiry.",
    (
        "providers.onedrive.OneDrive.from_rclone",
        "options.get('drive_type', '')",
        "options.get('drive_type')",
    ): "Only whether the value is true counts.",
    (
        "providers.onedrive.OneDrive.from_rclone",
        "options.get('drive_type', '')",
        "options.get('drive_type', None)",
    ): "Only whether the value is true counts.",
    (
        "providers.s3.S3.from_rclone",
        "fields.pop('v2_auth', '')",
        "fields.pop('v2_auth', 'XXXX')",
    ): "The value is only compared with `true`.",
    (
        "providers.s3.S3.from_rclone",
        "fields.pop('v2_auth', '')",
        "fields.pop('v2_auth', None)",
    ): "The value is only compared with `true`.",
    (
        "providers.s3.S3.hint",
        "super().hint(cause, values)",
        "super().hint(cause, None)",
    ): "The general advice does not depend on the values.",
    (
        "providers.s3.S3.needs_newer",
        "options.get('provider', '')",
        "options.get('provider')",
    ): "No service has this name.",
    (
        "providers.s3.S3.needs_newer",
        "options.get('provider', '')",
        "options.get('provider', 'XXXX')",
    ): "No service has this name.",
    (
        "providers.s3.S3.needs_newer",
        "options.get('provider', '')",
        "options.get('provider', None)",
    ): "No service has this name.",
    (
        "providers.s3.S3.to_rclone",
        "str(values['endpoint']).rstrip('/')",
        "str(values['endpoint']).rstrip('XX/XX')",
    ): "Only the top-level domain `cloudX` makes a difference, and it does not exist.",
    (
        "providers.tokens.moment",
        "hours or 0",
        "hours or 1",
    ): "Only an offset of more than 24 hours is refused.",
    (
        "providers.tokens.moment",
        "minutes or 0",
        "minutes or 1",
    ): "Only an offset of more than 60 minutes is refused.",
    (
        "providers.tokens.read",
        "_OLD_NAMES.get(name.lower(), '')",
        "_OLD_NAMES.get(name.lower(), 'XXXX')",
    ): "Neither text is a field of a token.",
    (
        "providers.tokens.read",
        "pairs = None",
        "pairs = ''",
    ): "Neither is the content of a JSON object.",
    (
        "providers.tokens.renewable",
        "json.dumps({**others, 'expiry': LONG_AGO}, ensure_ascii=False)",
        "json.dumps({**others, 'expiry': LONG_AGO}, ensure_ascii=None)",
    ): "Only whether the value is true counts.",
    (
        "providers.webdav.WebDav.from_rclone",
        "options.get('vendor', 'other')",
        "options.get('vendor', 'OTHER')",
    ): "The vendor is converted to upper case.",
    (
        "providers.webdav.WebDav.warn",
        "values.get('url') or ''",
        "values.get('url') or 'XXXX'",
    ): "Neither text has a login.",
    (
        "providers.s3.S3.warn",
        "url_parts(with_scheme(str(values.get('endpoint') or _AMAZON))).hostname or ''",
        "url_parts(with_scheme(str(values.get('endpoint') or _AMAZON))).hostname or 'XXXX'",
    ): "Neither text is a host of Amazon.",
    (
        "credential.stored.foresee",
        "StoredCredential(-1 - index, one['name'], '', {})",
        "StoredCredential(-1 - index, one['name'], None, {})",
    ): "Only whether there is a type counts.",
    (
        "credential.kind._report",
        "replaced(change.previous, stored, change.keypairs) if job.applied else None",
        "replaced(change.previous, stored, change.keypairs) if job.applied or True else None",
    ): "A change that was not applied leaves every secret where it was, so none is replaced.",
    (
        "engine.store.Store.__init__",
        "self._unread: list[UnreadRow] = []",
        "self._unread: list[UnreadRow] = None",
    ): "The rows are read before they are asked for.",
}
