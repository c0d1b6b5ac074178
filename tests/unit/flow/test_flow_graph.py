"""The picture of a flow is a sound document that shows every service and field, whatever the owner writes."""

import xml.etree.ElementTree as ET

from surereply.domain.flow_file import parse_flow
from surereply.domain.flow_graph import flow_svg
from surereply.web.panel.texts import texts_in

ENGLISH = texts_in("en")
SVG = "{http://www.w3.org/2000/svg}"


def texts_of(picture):
    return [element.text for element in ET.fromstring(picture).iter(f"{SVG}text")]


def test_every_service_and_its_fields_are_in_the_picture(shipped_path):
    flow = parse_flow(shipped_path.read_text("utf-8"), "x")

    picture = flow_svg(flow, ENGLISH)

    titles = [element.text for element in ET.fromstring(picture).iter(f"{SVG}title")]
    for name in flow.services:
        assert any(title.startswith(f"{name}: ") for title in titles)
        for field in flow.needed_fields(name)[1:]:
            assert any(title.startswith(f"{field}: ") for title in titles)


def test_fields_stand_in_the_order_they_are_asked(bakery):
    labels = [text for text in texts_of(flow_svg(bakery, ENGLISH)) if text in ("A cake", "Size", "People")]

    assert labels[:3] == ["A cake", "Size", "People"]


def test_what_an_owner_writes_cannot_break_the_document(bakery_text):
    text = bakery_text.replace("label: A cake", 'label: "<script>alert(1)</script> & \\"x\\" \\u0007"', 1)

    picture = flow_svg(parse_flow(text, "x"), ENGLISH)

    assert "<script>" not in picture
    assert any("<script>" in (text or "") for text in texts_of(picture))


def test_everything_lies_within_the_picture(shipped_path):
    root = ET.fromstring(flow_svg(parse_flow(shipped_path.read_text("utf-8"), "x"), ENGLISH))
    width, height = int(root.get("width")), int(root.get("height"))

    for box in root.iter(f"{SVG}rect"):
        assert int(box.get("x", 0)) + int(box.get("width")) <= width
        assert int(box.get("y", 0)) + int(box.get("height")) <= height


def test_the_picture_follows_the_readers_light_or_dark_screen(bakery):
    assert "@media (prefers-color-scheme: dark)" in flow_svg(bakery, ENGLISH)


def test_the_picture_needs_nothing_from_elsewhere(shipped_path):
    picture = flow_svg(parse_flow(shipped_path.read_text("utf-8"), "x"), ENGLISH)

    assert picture.count("http") == 1  # the name of the format
    assert "url(" not in picture


def test_a_label_that_is_too_long_is_cut_and_whole_in_its_title(bakery_text):
    label = "A cake with a great many layers of chocolate and cream"
    picture = flow_svg(parse_flow(bakery_text.replace("label: A cake", f"label: {label}", 1), "x"), ENGLISH)

    assert any(text and text.startswith("A cake with") and text.endswith("…") for text in texts_of(picture))
    assert f"CAKE: {label}" in picture


def test_in_arabic_the_picture_is_mirrored_and_its_own_words_are_arabic(shipped_path):
    picture = flow_svg(parse_flow(shipped_path.read_text("utf-8"), "x"), texts_in("ar"))

    said = " ".join(text or "" for text in texts_of(picture))
    assert 'class="mirrored"' in picture
    for english in ("at most", "choice of", "yes or no", "Closing", "takes over", "until somebody"):
        assert english not in said


def test_services_and_fields_have_the_names_of_the_pictures_language(bakery_text):
    flow = parse_flow(bakery_text.replace("label: A cake", "label: {en: A cake, ar: كعكة}", 1), "x")
    label = flow.services["CAKE"].label

    assert label["ar"] in texts_of(flow_svg(flow, texts_in("ar")))
    assert label["en"] in texts_of(flow_svg(flow, ENGLISH))
