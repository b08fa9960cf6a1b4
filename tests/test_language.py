"""A language is named where it is sure, and only there."""

import pytest

from model.language import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When does the lease end?", "en"),
        ("Wann endet der Mietvertrag?", "de"),
        ("Quelle est la date limite ?", "fr"),
        ("¿Cuándo termina el contrato?", "es"),
        ("Когда заканчивается договор?", "ru"),
        ("谁签了合同?", "zh"),
        ("契約はいつ終わりますか", "ja"),
        ("The lease of Müller & Söhne GmbH\nends in May.", "en"),
    ],
)
def test_a_language_is_told_from_a_short_question(text, expected):
    assert language(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "3,200 €", "🎉🎉", "Ünï", "VPN?", "OPS-2144", "VPN password?", "誰?", "\0"]
)
def test_what_is_hard_to_tell_is_not_guessed(text):
    assert language(text) is None
