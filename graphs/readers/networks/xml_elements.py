"""XML (https://www.w3.org/TR/xml/), element by element, without document types.

A document type is where entities come from: those that grow to gigabytes, and those that name other files. No format
here has a use for it, so that a file with one is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from graphs.errors import GraphFormatError
from graphs.readers.reading import Reading

__all__ = ["XmlElement", "xml_elements"]

_CHUNK = 1 << 16


@dataclass(slots=True, eq=False)
class XmlElement:
    """An element with what it holds.

    Attributes:
        tag: its name as it is written, with its prefix.
        attributes: by their names as they are written.
        line: where it starts.
        parent: what it stands in; None for the root.
        content: texts, and elements that are not handed out by themselves.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    parent: XmlElement | None = None
    content: list[str | XmlElement] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name without its prefix."""
        return self.tag.rpartition(":")[2]

    @property
    def children(self) -> list[XmlElement]:
        """The elements that it holds."""
        return [part for part in self.content if isinstance(part, XmlElement)]

    @property
    def text(self) -> str:
        """The text that it holds, without that of its elements."""
        return "".join(part for part in self.content if isinstance(part, str))

    def descendants(self) -> Iterator[XmlElement]:
        """Yield all elements within it, in the order of the document."""
        for child in self.children:
            yield child
            yield from child.descendants()

    def ancestor(self, name: str) -> XmlElement | None:
        """Return the nearest element of a name that it stands in."""
        found = self.parent
        while found is not None and found.name != name:
            found = found.parent
        return found

    def markup(self) -> str:
        """Return what it holds as it would be written."""
        return "".join(
            part._written() if isinstance(part, XmlElement) else escape(part) for part in self.content
        )

    def _written(self) -> str:
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes.items())
        return f"<{self.tag}{attributes}>{self.markup()}</{self.tag}>"


class _Builder:
    """Makes elements of what the parser finds."""

    def __init__(self, parser: expat.XMLParserType, wanted: frozenset[str], reading: Reading) -> None:
        self.found: list[XmlElement] = []
        self._parser, self._wanted, self._reading = parser, wanted, reading
        self._open: XmlElement | None = None
        self._depth = 0
        self._handed_out = 0

    @property
    def waiting(self) -> int:
        """Bytes since an element was handed out, or one that may be was opened."""
        return self._parser.CurrentByteIndex - self._handed_out

    def refuse(self, reason: str) -> GraphFormatError:
        return GraphFormatError(reason, self._reading.name, self._parser.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._reading.limits.max_depth:
            raise self.refuse(f"elements are nested deeper than {self._reading.limits.max_depth}")
        self._open = XmlElement(tag, attributes, self._parser.CurrentLineNumber, self._open)

    def end(self, _: str) -> None:
        closed = self._open
        if closed is None:
            return
        self._depth -= 1
        self._open = closed.parent
        if closed.parent is None or closed.name in self._wanted:
            self.found.append(closed)
            self._handed_out = self._parser.CurrentByteIndex
        else:
            closed.parent.content.append(closed)

    def text(self, characters: str) -> None:
        element = self._open
        # the space between elements would pile up in those that hold millions
        if element is not None and (element.name not in self._wanted or not characters.isspace()):
            element.content.append(characters)

    def document_type(self, *_: object) -> None:
        raise self.refuse(
            "the document has a document type (<!DOCTYPE …>), which could name or make other content: remove it"
        )


def xml_elements(reading: Reading, wanted: frozenset[str]) -> Iterator[list[XmlElement]]:
    """Yield the elements of some names, and the root, when they are complete, as many at a time as come together.

    Other elements are found in the ``content`` of these. What is not valid is rejected with its line, and ends the
    document.

    Args:
        reading: the file.
        wanted: names without prefixes. Such an element is not in the ``content`` of its parent.

    Raises:
        GraphFormatError: it has a document type, goes beyond the limits, or cannot be read; or is not valid, and the
            first error stops the reading.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    builder = _Builder(parser, wanted, reading)
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.document_type
    limit = reading.limits.max_statement
    read = 0
    with reading.open() as stream:
        while True:
            data = stream.read(_CHUNK)
            read += len(data)
            try:
                parser.Parse(data, not data)
            except expat.ExpatError as error:
                yield builder.found
                reason = expat.errors.messages.get(error.code, str(error))
                reading.reject(f"not valid XML: {reason}", error.lineno)
                return
            except (ValueError, LookupError) as error:  # an encoding that is not known
                raise builder.refuse(f"not valid XML: {error}") from error
            if max(builder.waiting, read - max(parser.CurrentByteIndex, 0)) > limit:
                raise builder.refuse(f"an element is longer than the limit of {limit:,} bytes")
            yield builder.found
            builder.found = []
            if not data:
                return
