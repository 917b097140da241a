"""Writes photos that carry a secret in every place of a file where one has been found to stay behind.

`craft_metadata.py FOLDER` makes JPEG, PNG and WebP files from a drawn picture. Each place holds a marker, the text
VOUCHSAFE-LEAK-nn with a number of its own, and where it can, a preview: a small JPEG of noise, whose coded bytes are like
no other. Nothing is random and nothing is taken from a camera; `metadata.py` runs ours over them and looks for both.
Structures follow the EXIF 2.32, CIPA DC-007 (MPF), XMP part 3, ICC.1, IPTC-IIM, PNG (third edition) and WebP container
specifications, and the published descriptions of motion photos and gain maps.
"""

import io
import random
import struct
import sys
import zlib
from collections.abc import Callable
from itertools import count
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw

MARKER = b"VOUCHSAFE-LEAK-"
SIDE = 192
PREVIEW_SIDE = 64

DHT, DQT = 0xC4, 0xDB
APP0, APP1, APP2, APP9, APP11, APP13, COM = 0xE0, 0xE1, 0xE2, 0xE9, 0xEB, 0xED, 0xFE
ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7

_numbers = count(1)


def marker() -> bytes:
    return MARKER + b"%02d" % next(_numbers)


def drawn() -> Image.Image:
    """A hill, a sun and a house: no face."""
    picture = Image.new("RGB", (SIDE, SIDE * 3 // 4), (150, 190, 230))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((130, 12, 160, 42), fill=(250, 220, 90))
    draw.polygon([(0, 144), (70, 60), (192, 144)], fill=(70, 130, 70))
    draw.rectangle((90, 100, 130, 136), fill=(180, 90, 60))
    return picture


def preview(seed: int) -> bytes:
    """A JPEG of noise; each seed has its own."""
    dice = random.Random(seed)
    picture = Image.frombytes("RGB", (PREVIEW_SIDE, PREVIEW_SIDE), dice.randbytes(3 * PREVIEW_SIDE**2))
    return encoded(picture, "JPEG", quality=50)


def coded_data(jpeg: bytes) -> bytes:
    """The entropy-coded bytes of a baseline JPEG: from behind its start of scan to its end."""
    start = jpeg.index(b"\xff\xda")
    length = struct.unpack(">H", jpeg[start + 2 : start + 4])[0]
    return jpeg[start + 2 + length : jpeg.rindex(b"\xff\xd9")]


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def directory(entries: list[tuple[int, int, bytes]], at: int, following: int | None = None) -> bytes:
    """One little-endian TIFF directory with its values behind it, lying `at` bytes from the header on.

    `entries`: tag, type, value as bytes. `following`: where the next directory lies; None for right behind this one.
    """
    sizes = {ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1}
    head, values = struct.pack("<H", len(entries)), b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, kind, value in sorted(entries):
        field = value.ljust(4, b"\0")
        if len(value) > 4:
            field = struct.pack("<I", behind + len(values))
            values += value + b"\0" * (len(value) % 2)
        head += struct.pack("<HHI", tag, kind, len(value) // sizes[kind]) + field
    end = behind + len(values)
    return head + struct.pack("<I", end if following is None else following) + values


def exif(thumbnail: bytes, orientation: int = 1) -> bytes:
    """TIFF: description, maker, GPS position, maker note, user comment, and the preview in IFD1."""
    place = struct.pack("<6I", 59, 1, 54, 1, 48, 1)
    gps = [
        (1, ASCII, b"N\0"),
        (2, RATIONAL, place),
        (3, ASCII, b"E\0"),
        (4, RATIONAL, place),
        (27, UNDEFINED, marker()),
    ]
    inner = [
        (0x927C, UNDEFINED, marker()),
        (0x9286, UNDEFINED, b"ASCII\0\0\0" + marker()),
        (0xA430, ASCII, marker() + b"\0"),
    ]
    outer = [
        (0x010E, ASCII, marker() + b"\0"),
        (0x010F, ASCII, marker() + b"\0"),
        (0x0112, SHORT, struct.pack("<H", orientation)),
        (0x9C9C, UNDEFINED, marker().decode().encode("utf-16le")),
    ]

    def first(exif_at: int, gps_at: int, following: int) -> bytes:
        pointers = [(0x8769, LONG, struct.pack("<I", exif_at)), (0x8825, LONG, struct.pack("<I", gps_at))]
        return directory(outer + pointers, 8, following)

    exif_at = 8 + len(first(0, 0, 0))
    gps_at = exif_at + len(directory(inner, exif_at, 0))
    second_at = gps_at + len(directory(gps, gps_at, 0))

    def second(data_at: int) -> bytes:
        entries = [
            (0x0103, SHORT, struct.pack("<H", 6)),
            (0x0201, LONG, struct.pack("<I", data_at)),
            (0x0202, LONG, struct.pack("<I", len(thumbnail))),
        ]
        return directory(entries, second_at, 0)

    header = b"II*\0" + struct.pack("<I", 8)
    parts = [header, first(exif_at, gps_at, second_at), directory(inner, exif_at, 0), directory(gps, gps_at, 0)]
    return b"".join(parts) + second(second_at + len(second(0))) + thumbnail


def xmp(inside: str) -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
        'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
        'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
        'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" '
        f'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/">{inside}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def regions() -> bytes:
    """The name of somebody, and where the face is."""
    return xmp(
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description '
        f'mwg-rs:Name="{marker().decode()}" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.5" stArea:y="0.5" stArea:w="0.2" '
        'stArea:h="0.2" stArea:unit="normalized"/></rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>'
    )


def profile() -> bytes:
    """sRGB with one more tag of text."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    (tags,) = struct.unpack(">I", plain[128:132])
    table = [struct.unpack(">4sII", plain[132 + 12 * i : 144 + 12 * i]) for i in range(tags)]
    text = b"text\0\0\0\0" + marker() + b"\0"
    body = plain[132 + 12 * tags :] + text
    table = [(name, at + 12, length) for name, at, length in table] + [(b"VSLK", len(plain) + 12, len(text))]
    listed = b"".join(struct.pack(">4sII", *row) for row in table)
    whole = plain[4:128] + struct.pack(">I", tags + 1) + listed + body
    return struct.pack(">I", len(whole) + 4) + whole


def resources(thumbnail: bytes) -> bytes:
    """Photoshop's image resources: IPTC with a caption, and a preview."""

    def resource(number: int, body: bytes) -> bytes:
        return b"8BIM" + struct.pack(">HH", number, 0) + struct.pack(">I", len(body)) + body + b"\0" * (len(body) % 2)

    caption = marker()
    iptc = b"\x1c\x02\x78" + struct.pack(">H", len(caption)) + caption
    size = struct.pack(
        ">6I2H", 1, PREVIEW_SIDE, PREVIEW_SIDE, PREVIEW_SIDE * 3, PREVIEW_SIDE**2 * 3, len(thumbnail), 24, 1
    )
    return b"Photoshop 3.0\0" + resource(0x0404, iptc) + resource(0x040C, size + thumbnail)


def movie(inside: bytes) -> bytes:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + kind + body

    return box(b"ftyp", b"mp42\0\0\0\0mp42isom") + box(b"free", marker()) + box(b"mdat", inside)


def segment(code: int, body: bytes) -> bytes:
    return b"\xff" + bytes([code]) + struct.pack(">H", len(body) + 2) + body


def multi_picture(second: bytes) -> bytes:
    """A JPEG whose MPF directory names `second`, behind its end."""

    def whole(length: int, at: int) -> bytes:
        first = struct.pack("<IIIHH", 0x20030000, length, 0, 0, 0)
        other = struct.pack("<IIIHH", 0x00020002, len(second), at, 0, 0)
        entries = [
            (0xB000, UNDEFINED, b"0100"),
            (0xB001, LONG, struct.pack("<I", 2)),
            (0xB002, UNDEFINED, first + other),
        ]
        return jpeg(segment(APP2, b"MPF\0II*\0" + struct.pack("<I", 8) + directory(entries, 8, 0)))

    length = len(whole(0, 0))
    # Its place counts from the directory's own TIFF header.
    return whole(length, length - whole(0, 0).index(b"MPF\0II*\0") - 4) + second


def jpeg(*segments: bytes, behind: bytes = b"", plain: bytes | None = None) -> bytes:
    """The drawn picture with these segments behind its JFIF header, and these bytes behind its end."""
    plain = plain or encoded(drawn(), "JPEG", quality=90)
    header_end = 4 + struct.unpack(">H", plain[4:6])[0]
    return plain[:header_end] + b"".join(segments) + plain[header_end:] + behind


def between_scans() -> bytes:
    """A comment in front of the last scan of a progressive JPEG."""
    plain = encoded(drawn(), "JPEG", quality=90, progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + segment(COM, marker()) + plain[last:]


def jpegs(shot: Callable[[], bytes]) -> dict[str, bytes]:
    adobe = b"http://ns.adobe.com/xap/1.0/\0"
    motion = movie(shot() + marker())
    gain = jpeg(
        segment(APP1, adobe + xmp(f"<hdrgm:Version>1.0</hdrgm:Version><dc:title>{marker().decode()}</dc:title>")),
        plain=shot(),
    )
    container = xmp(
        f"<hdrgm:Version>1.0</hdrgm:Version><dc:title>{marker().decode()}</dc:title><Container:Directory><rdf:Seq>"
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" '
        f'Item:Length="{len(gain)}"/></rdf:li></rdf:Seq></Container:Directory>'
    )
    microvideo = xmp(
        "<GCamera:MicroVideo>1</GCamera:MicroVideo>"
        f"<GCamera:MicroVideoOffset>{len(motion)}</GCamera:MicroVideoOffset><dc:title>{marker().decode()}</dc:title>"
    )
    second = jpeg(segment(COM, marker()), plain=shot())
    files = {
        "exif": jpeg(segment(APP1, b"Exif\0\0" + exif(shot()))),
        "exif-turned": jpeg(segment(APP1, b"Exif\0\0" + exif(shot(), orientation=6))),
        "mpf": multi_picture(second),
        "motion": jpeg(segment(APP1, adobe + microvideo), behind=motion),
        "motion-other-maker": jpeg(behind=b"MotionPhoto_Data" + movie(shot()) + b"SEFH\x6b\0\0\0\1\0\0\0SEFT"),
        "gain-map": jpeg(segment(APP1, adobe + container), behind=gain),
        "regions": jpeg(segment(APP1, adobe + regions())),
        "xmp-extended": jpeg(
            segment(APP1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", 18, 0) + marker())
        ),
        "icc": jpeg(segment(APP2, b"ICC_PROFILE\0\1\1" + profile())),
        "comment": jpeg(segment(COM, marker()), segment(COM, marker())),
        "trailer": jpeg(behind=marker() + shot() + marker()),
        "iptc": jpeg(segment(APP13, resources(shot()))),
        "jfxx": jpeg(segment(APP0, b"JFXX\0\x10" + shot())),
        "unknown": jpeg(segment(APP9, marker()), segment(APP11, b"JP\0\1" + marker()), segment(0xEF, marker())),
        "between-scans": between_scans(),
        "between-segments": jpeg(marker()),
        "unused-tables": jpeg(
            segment(DQT, b"\3" + marker().ljust(64, b"\1")),
            segment(DHT, b"\x13" + bytes(7) + bytes([len(MARKER) + 2]) + bytes(8) + marker()),
        ),
    }
    every = [
        segment(APP1, b"Exif\0\0" + exif(shot(), orientation=3)),
        segment(APP1, adobe + regions()),
        segment(COM, marker()),
        segment(APP2, b"ICC_PROFILE\0\1\1" + profile()),
        segment(APP13, resources(shot())),
    ]
    files["everything"] = jpeg(*every, behind=second + motion)
    return {f"{name}.jpg": data for name, data in files.items()}


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def pngs(shot: Callable[[], bytes]) -> dict[str, bytes]:
    plain = encoded(drawn(), "PNG")
    head, rest = plain[:33], plain[33:]  # behind IHDR

    def png(*chunks: bytes, behind: bytes = b"") -> bytes:
        return head + b"".join(chunks) + rest + behind

    files = {
        "text": png(
            chunk(b"tEXt", b"Comment\0" + marker()),
            chunk(b"tEXt", b"Raw profile type exif\0" + marker().hex().encode()),
        ),
        "compressed-text": png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(marker(), 0))),
        "international-text": png(
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + regions()),
            chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(marker(), 0)),
        ),
        "exif": png(chunk(b"eXIf", exif(shot()))),
        "icc": png(chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(profile(), 0))),
        "time": png(
            chunk(b"tIME", struct.pack(">H5B", 2026, 2, 3, 4, 5, 6)), chunk(b"tEXt", b"Creation Time\0" + marker())
        ),
        "unknown": png(chunk(b"vsLk", marker() + shot()), chunk(b"prVt", marker())),
        "more-data": plain[:-12] + chunk(b"IDAT", marker() + shot()) + plain[-12:],
        "trailer": png(behind=marker() + shot()),
    }
    return {f"{name}.png": data for name, data in files.items()}


def webps(shot: Callable[[], bytes]) -> dict[str, bytes]:
    def riff(chunks: bytes) -> bytes:
        return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks

    def part(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    rich = encoded(drawn(), "WEBP", quality=90, exif=b"Exif\0\0" + exif(shot()), xmp=regions(), icc_profile=profile())
    plain = encoded(drawn(), "WEBP", quality=90)
    lossless = encoded(drawn(), "WEBP", lossless=True, exif=b"Exif\0\0" + exif(shot()), xmp=regions())
    return {
        "rich.webp": rich,
        "lossless.webp": lossless,
        "unknown.webp": riff(rich[12:] + part(b"VSLK", marker() + shot())),
        "trailer.webp": plain + marker() + shot(),
    }


def craft(folder: Path) -> list[bytes]:
    """Writes all files and gives the previews that are hidden in them."""
    previews: list[bytes] = []

    def shot() -> bytes:
        previews.append(preview(len(previews)))
        return previews[-1]

    folder.mkdir(parents=True, exist_ok=True)
    for name, data in {**jpegs(shot), **pngs(shot), **webps(shot)}.items():
        (folder / name).write_bytes(data)
    return previews


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: craft_metadata.py FOLDER")
    print(f"{len(craft(Path(sys.argv[1])))} previews, {next(_numbers) - 1} markers")
