"""publish: upload a synthetic set to the Hugging Face hub."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.public_copy import public_copy
from ganaug.utils.errors import UsageError, one_line

# The hub creates this file with each repository.
OF_THE_HUB = ".gitattributes"
NAMED = 3
# The hub's library checks this too, but only after all other work.
REPOSITORY = re.compile(r"(?!.*(?:--|\.\.|\.git$))\b[\w.-]+\b/\b[\w.-]{1,96}\b", re.ASCII)


def publish(
    dataset: str | Path | SyntheticDataset,
    repo_id: str,
    *,
    license: str | None = None,  # noqa: A002 - what it is called everywhere
    private: bool = True,
    with_real: bool = False,
    replace: bool = False,
    token: str | None = None,
    pretty_name: str | None = None,
) -> str:
    """Publish a synthetic set on the Hugging Face hub, where `load_dataset(repo_id)` loads it.

    Everything is uploaded in one commit, without the columns of metadata.csv that name real
    images, and without local paths. After a failure, the same call uploads the rest.

    Args:
        dataset: the set that `synthesize` wrote: a folder, shards or an address
        repo_id: name of the repository, such as me/synthetic-flowers; created if it does not exist
        license: license of the set, such as cc-by-4.0; required unless the set names one
        private: make the repository private
        with_real: also publish the real images in the set
        replace: replace the contents of the repository
        token: access token with write permission; by default from `hf auth login` or HF_TOKEN
        pretty_name: display name of the set; by default made from the name of the repository

    Returns:
        The repository's address.

    Raises:
        UsageError: The set is damaged or empty, has no license or contains real images, the
            repository has other contents, or the hub can't be reached.

    Example:
        >>> publish("expanded", "digits", license="cc-by-4.0")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        datamodules.errors.UsageError: repo_id is 'digits'; give your name or organization, ...
    """
    if not REPOSITORY.fullmatch(repo_id):
        raise UsageError(
            f"repo_id is {repo_id!r}; give your name or organization, and a name of letters, "
            "digits, _, and single - and dots inside, such as me/synthetic-flowers"
        )
    dataset = SyntheticDataset.open(dataset)
    license_name = _check(dataset, license, with_real)
    api = _api(token)
    url = f"{api.endpoint}/datasets/{repo_id}"
    name = pretty_name or repo_id.rpartition("/")[2].replace("-", " ").replace("_", " ")
    files = public_copy(dataset, license_name, name, url)
    with _naming_failures(repo_id):
        remote_files = _files_there(api, repo_id, private=private)
    send, remove = _changes(files, remote_files, repo_id, replace=replace)
    if send or remove:
        print(f"publish: {len(send):,} files to {url}")
        with _naming_failures(repo_id):
            _commit(api, repo_id, send, remove, private=private)
    return url


def _check(dataset: SyntheticDataset, license_name: str | None, with_real: bool) -> str:
    """Return the license; refuse a damaged, empty or unlicensed set, or one with real images."""
    if dataset.made_elsewhere and dataset.manifest is None:
        raise UsageError(
            f"dataset {dataset.folder} has no manifest.json of this tool; bring these images into "
            "a set first, by import_dataset or the method folder"
        )
    verification, manifest = dataset.verify(), dataset.manifest or {}
    if not verification.sound:
        failures = ", ".join(check.words for check in verification.checks if check.passed is False)
        raise UsageError(
            f"dataset {dataset.folder} is not as it was written ({failures}): make it again, or "
            "use an intact copy; verifying it names the files"
        )
    if not verification.files:
        raise UsageError(
            f"dataset {dataset.folder} holds no images; make it again, with looser filters or none"
        )
    real = sum(manifest["counts"].get("real", {}).values())
    if real and not with_real:
        raise UsageError(
            f"dataset {dataset.folder} holds {real:,} real images; make it without them, or give "
            "`with_real` if they may be published"
        )
    set_license = manifest.get("license")
    if set_license and license_name and set_license.lower() != license_name.lower():
        raise UsageError(
            f"license is {license_name}, and the set names {set_license}; leave it out, or make "
            "the set with the other"
        )
    if not (chosen_license := license_name or set_license):
        raise UsageError(
            "license is missing, and the set names none: give the license under which the images "
            "may be used, such as cc-by-4.0; the license of the real images must allow it"
        )
    return chosen_license


def _api(token: str | None) -> Any:
    """Return the hub's interface, logged in."""
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError
    except ImportError as error:
        raise UsageError(
            "publish takes Hugging Face's hub library: pip install 'ganaug[hub]'"
        ) from error
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    try:
        api.whoami()
    except LocalTokenNotFoundError as error:
        raise UsageError(
            "token is missing; log in by `hf auth login`, set HF_TOKEN, or give a token with the "
            "right to write (huggingface.co/settings/tokens)"
        ) from error
    except HfHubHTTPError as error:
        if error.response is not None and error.response.status_code == 401:
            raise UsageError(
                "token is not accepted by the hub; make a new one with the right to write "
                "(huggingface.co/settings/tokens)"
            ) from error
        raise UsageError(f"cannot reach {api.endpoint}: {_reason(error)}") from error
    except Exception as error:  # depends on the HTTP library
        raise UsageError(f"cannot reach {api.endpoint}: {_reason(error)}") from error
    return api


def _files_there(api: Any, repo_id: str, *, private: bool) -> dict[str, Any]:
    """Return a repository's files, {} if it is new; refuse a public one if `private`."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        if private and not api.repo_info(repo_id, repo_type="dataset").private:
            raise UsageError(
                f"private is true, and {repo_id} is public: give `private=False`, or make it "
                "private in its settings"
            )
        tree = api.list_repo_tree(repo_id, recursive=True, repo_type="dataset")
        return {file.path: file for file in tree if hasattr(file, "blob_id")}
    except RepositoryNotFoundError:
        return {}


def _changes(
    files: Mapping[str, Path | bytes],
    remote_files: Mapping[str, Any],
    repo_id: str,
    *,
    replace: bool,
) -> tuple[dict[str, Path | bytes], list[str]]:
    """Return the files to send and to remove; refuse to overwrite other files."""
    unchanged = {
        name for name in files if name in remote_files and _is_same(files[name], remote_files[name])
    }
    other_files = sorted(set(remote_files) - unchanged - {OF_THE_HUB})
    if other_files and not replace:
        raise UsageError(
            f"repo_id {repo_id} holds {len(other_files):,} other files, such as "
            f"{', '.join(other_files[:NAMED])}; give another name, or `replace` to replace them"
        )
    send = {name: content for name, content in files.items() if name not in unchanged}
    return send, [name for name in other_files if name not in files]


def _is_same(content: Path | bytes, remote_file: Any) -> bool:
    """Return whether a file equals the hub's, by the hash that the hub stores."""
    data = content.read_bytes() if isinstance(content, Path) else content
    if remote_file.lfs is not None:
        return hashlib.sha256(data).hexdigest() == remote_file.lfs.sha256
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == remote_file.blob_id


def _commit(
    api: Any, repo_id: str, send: Mapping[str, Path | bytes], remove: list[str], *, private: bool
) -> None:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    api.create_repo(repo_id, repo_type="dataset", private=private, exist_ok=True)
    adding = [CommitOperationAdd(name, _plain(content)) for name, content in send.items()]
    removing = [CommitOperationDelete(name) for name in remove]
    api.create_commit(
        repo_id,
        [*removing, *adding],
        commit_message="Synthetic images by ganaug",
        repo_type="dataset",
    )


def _plain(content: Path | bytes) -> str | bytes:
    return str(content) if isinstance(content, Path) else content


@contextmanager
def _naming_failures(repo_id: str) -> Iterator[None]:
    try:
        yield
    except UsageError:
        raise
    except Exception as error:  # depends on the HTTP library
        raise UsageError(
            f"publishing to {repo_id} failed: {_reason(error)}. Run the same command again: "
            "uploaded files are not sent again"
        ) from error


def _reason(error: BaseException) -> str:
    """Return an error's message in one line; for a failed upload, that of the underlying error."""
    cause = error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error
    return one_line(cause)
