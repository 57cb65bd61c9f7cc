"""What is dropped on the window or pasted into it, as paths of files."""

from __future__ import annotations

import binascii
import os
import tempfile
from base64 import b64decode
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote_to_bytes

from qtpy.QtCore import QMimeData, QUrl
from qtpy.QtGui import QImage

from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path, private_folder

FOLDER = "dlviz-window-"
"""How the names of windows' temporary folders begin."""
LINKS = ("data:", "http:", "https:", "file:")
LIST = "text/uri-list"


def is_welcome(mime: QMimeData) -> bool:
    """Whether something may be opened of it, or a sentence said on why not."""
    return mime.hasImage() or bool(_links(mime))


class Incoming:
    """Keeps what has no file yet in a temporary folder, until `close`."""

    def __init__(self) -> None:
        self._place = ExitStack()
        self._folder: Path | None = None
        self._kept = 0

    def paths(self, mime: QMimeData) -> list[str]:
        """The files in it; pixels, and pictures that are written out in their address, are made files.

        Raises:
            UserError: there is nothing in it that can be opened.
        """
        links = _links(mime)
        if files := [QUrl(link).toLocalFile() for link in links if QUrl(link).isLocalFile()]:
            return files
        if written := [link for link in links if link.startswith("data:")]:
            return [self._keep(_decoded(written[0]))]
        if mime.hasImage():
            return [self._keep(QImage(mime.imageData()))]
        if links:
            raise UserError("Pictures are not fetched from web pages: save the picture, then drop its file here.")
        raise UserError("The clipboard holds no picture: copy a picture or a picture file first.")

    def close(self) -> None:
        """Remove the temporary folder."""
        self._place.close()
        self._folder = None

    def _keep(self, picture: bytes | QImage) -> str:
        """The path of a new file with the picture in it."""
        try:
            if self._folder is None:
                self._folder = self._place.enter_context(private_folder(Path(tempfile.gettempdir()), FOLDER))
        except OSError as error:
            raise UserError("No temporary folder can be created for the picture: free some space.") from error
        self._kept += 1
        path = self._folder / f"picture-{self._kept}"
        with atomic_path(path) as out:
            if isinstance(picture, bytes):
                out.write_bytes(picture)
            elif not picture.save(str(out), "PNG"):
                raise UserError("The copied picture cannot be read: save it, then open its file.")
        return str(path)


def _links(mime: QMimeData) -> list[str]:
    """The addresses in it, local paths among them, each as a URL."""
    if mime.hasFormat(LIST):
        lines = bytes(mime.data(LIST)).decode("utf-8", "replace").splitlines()
        return [line for line in lines if line.strip() and not line.startswith("#")]
    text = mime.text().strip()
    if text.lower().startswith(LINKS):
        return [text]
    return [QUrl.fromLocalFile(text).toString()] if os.path.isabs(text) and os.path.exists(text) else []


def _decoded(link: str) -> bytes:
    """The content of a `data:` URL (RFC 2397)."""
    kind, comma, content = link.partition(",")
    try:
        plain = unquote_to_bytes(content)
        picture = b64decode(plain, validate=True) if kind.endswith(";base64") else plain
    except binascii.Error:
        picture = b""
    if not comma or not picture:
        raise UserError("The dropped picture is damaged: save it, then drop its file here.")
    return picture
