"""Marks: what an image file says in its XMP metadata about how it was made, and by which tool."""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from PIL import Image, PngImagePlugin

if TYPE_CHECKING:
    from ganaug.synthesis.sources.base import ImageSource

# Terms of IPTC's vocabulary `digitalsourcetype`: drawn by a model that was trained on images; a
# real image changed by such a model; a real image changed by an algorithm that was not trained.
TRAINED = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
ENHANCED = "algorithmicallyEnhanced"
VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{iptc}" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 Iptc4xmpExt:DigitalSourceType={source_type} xmp:CreatorTool={tool}/>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def marks_of(sources: Sequence["ImageSource"]) -> dict[str, str]:
    """Return by method how its images are marked; real images are not.

    A source that says nothing is taken for a generative model.
    """
    types = {each.method: getattr(each, "digital_source_type", TRAINED) for each in sources}
    return {method: found for method, found in types.items() if found}


@cache
def packet(source_type: str) -> bytes:
    """Return the XMP packet of images of a digital source type, the same for all of them.

    Example:
        >>> b"algorithmicallyEnhanced" in packet("algorithmicallyEnhanced")
        True
    """
    term, tool = f"{VOCABULARY}{source_type}", " ".join(tool_version())
    return PACKET.format(iptc=IPTC, source_type=quoteattr(term), tool=quoteattr(tool)).encode()


def tool_version() -> tuple[str, str]:
    """Return the name of this tool and its version."""
    try:
        return "ganaug", metadata.version("ganaug")
    except metadata.PackageNotFoundError:
        return "ganaug", "unknown"


def save_settings(source_type: str | None, kind: str) -> Mapping[str, Any]:
    """Return the arguments by which Pillow writes the mark into a file; none for no mark.

    Args:
        source_type: A digital source type.
        kind: png, jpeg or webp.
    """
    if source_type is None:
        return {}
    if kind != "png":
        return {"xmp": packet(source_type)}
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", packet(source_type).decode())
    return {"pnginfo": chunks}


def read_mark(content: bytes) -> str | None:
    """Return the digital source type that an image file names, None where it names none.

    Args:
        content: The bytes of the file.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            return mark_in(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def mark_in(image: Image.Image) -> str | None:
    """Return the digital source type that an open image names, None where it names none."""
    try:
        text: Any = image.info.get("xmp", b"")
        found = ElementTree.fromstring(text.strip(b"\0" if isinstance(text, bytes) else "\0"))
    except (SyntaxError, ValueError, LookupError, TypeError, AttributeError):
        # No XML, of an unknown encoding, or in a TIFF another type than bytes.
        return None
    name = f"{{{IPTC}}}DigitalSourceType"
    # A property may be an attribute, or an element with text or a resource: other programs rewrite
    # one as the other.
    terms = [
        each.get(name) or ((each.get(RESOURCE) or each.text) if each.tag == name else None)
        for each in found.iter()
    ]
    term = next((each.strip() for each in terms if each), "")
    return term.removeprefix(VOCABULARY) if term.startswith(VOCABULARY) else None
