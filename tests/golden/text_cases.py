"""Texts that are compared with Chromium: a name, the content, and the editor's style."""

from dataclasses import dataclass, field
from typing import Any

LONG = "Découvrez notre piscine à débordement, face à la mer, ouverte toute l'année de 8 h à 20 h"

_ARABIC = "استمتع بإقامتك في فندقنا (5 نجوم) من 12 إلى 20 مايو 2026، الغرفة 305 [مع إفطار] بسعر 99 €"
_HEBREW = "ברוכים הבאים ל-Hotel Azur (5 כוכבים) ברחוב הירקון 12, חדר 305 עם Wi-Fi חינם"
_SOFT = "Gäste\u00adzimmer im Grand\u00adhotel: réser\u00adva\u00adtion du Donau\u00addampf\u00adschiff\u00adfahrt"


@dataclass(frozen=True)
class Case:
    """One text; `style` is as the editor sends it: camelCase CSS."""

    name: str
    content: str
    style: dict[str, Any] = field(default_factory=dict)
    x: float = 540.0
    y: float = 240.0
    max_width: float | None = None


CASES = (
    Case("plain", "Bienvenue à l'hôtel"),
    Case("large", "Bienvenue", {"fontSize": "120px"}),
    Case("huge", "Spa", {"fontSize": "300px"}),
    Case("small", "Réservez sur notre site", {"fontSize": 24}),
    Case("fractional size", "Petit-déjeuner", {"fontSize": "37.5px"}),
    Case("fractional place", "Vue sur mer", {"fontSize": 64}, x=533.3, y=231.7),
    Case("open sans", "Open Sans: Été 2026", {"fontFamily": "Open Sans, sans-serif", "fontSize": 72}),
    Case("montserrat", "Montserrat & Co.", {"fontFamily": "Montserrat, sans-serif", "fontSize": 72}),
    Case("lato", "Lato gives VAT, AVA", {"fontFamily": "Lato", "fontSize": 72}),
    Case("tinos", "Times-like Tinos, fi fl", {"fontFamily": "Tinos, serif", "fontSize": 72}),
    Case("thin", "Montserrat 100", {"fontFamily": "Montserrat", "fontWeight": 100, "fontSize": 80}),
    Case("bold", "Gras 700", {"fontWeight": "bold", "fontSize": 80}),
    Case("black", "Montserrat 900", {"fontFamily": "Montserrat", "fontWeight": 900, "fontSize": 80}),
    Case("italic", "En italique", {"fontStyle": "italic", "fontSize": 80}),
    Case(
        "bold italic",
        "Tinos gras italique",
        {"fontFamily": "Tinos", "fontWeight": 700, "fontStyle": "italic", "fontSize": 80},
    ),
    Case("black ink", "Encre noire", {"color": "#000000", "fontSize": 80}),
    Case("gold", "Or massif", {"color": "gold", "fontSize": 80}),
    Case("blue", "Bleu nuit", {"color": "rgb(20, 40, 160)", "fontSize": 80}),
    Case("translucent ink", "Filigrane", {"color": "rgba(255, 255, 255, .5)", "fontSize": 90}),
    Case(
        "opacity", "À moitié là", {"opacity": 0.4, "fontSize": 90, "backgroundColor": "#003366", "padding": "10px 30px"}
    ),
    Case(
        "box",
        "Dans une boîte",
        {"backgroundColor": "#ffde59", "color": "#111111", "padding": "16px 32px", "fontSize": 60},
    ),
    Case(
        "rounded box",
        "Arrondi",
        {"backgroundColor": "#e91e63", "padding": "16px 40px", "borderRadius": 24, "fontSize": 60},
    ),
    Case("pill", "Pilule", {"backgroundColor": "#00796b", "padding": "12px 60px", "borderRadius": 999, "fontSize": 60}),
    Case(
        "uneven padding",
        "Décalé",
        {"backgroundColor": "rgba(0,0,0,.6)", "padding": "4px 60px 40px 10px", "fontSize": 60},
    ),
    Case(
        "background opacity",
        "Voilé",
        {"backgroundColor": "#000000", "backgroundOpacity": 35, "padding": "20px", "fontSize": 60},
    ),
    Case("shadow", "Ombre douce", {"textShadow": "2px 2px 4px rgba(0,0,0,.5)", "fontSize": 80}),
    Case("wide shadow", "Ombre large", {"textShadow": "0 0 24px #000000", "fontSize": 80}),
    Case("hard shadow", "Ombre dure", {"textShadow": "6px 6px 0 #c2185b", "fontSize": 80}),
    Case("two shadows", "Deux ombres", {"textShadow": "-4px -4px 6px #ff0000, 4px 4px 6px #0000ff", "fontSize": 80}),
    Case("stroke", "Contour", {"webkitTextStroke": "3px #000000", "fontSize": 100, "fontWeight": 700}),
    Case("wide stroke", "Contour large", {"webkitTextStroke": "8px #d32f2f", "fontSize": 100, "fontWeight": 900}),
    Case(
        "stroke and shadow",
        "Les deux",
        {"webkitTextStroke": "2px #222222", "textShadow": "4px 4px 8px #000", "fontSize": 100},
    ),
    Case("letter spacing", "ESPACÉ", {"letterSpacing": "12px", "fontSize": 64}),
    Case("tight letters", "Resserré", {"letterSpacing": "-2px", "fontSize": 80}),
    Case("two lines", "Première ligne\nSeconde", {"fontSize": 64}),
    Case("line height", "Haut\nBas", {"fontSize": 64, "lineHeight": 1.8, "backgroundColor": "#333333"}),
    Case("tight lines", "Très\nSerré", {"fontSize": 80, "lineHeight": "0.9"}),
    Case("left", "À gauche\nd'un texte plus long", {"textAlign": "left", "fontSize": 56}),
    Case("right", "À droite\nd'un texte plus long", {"textAlign": "right", "fontSize": 56}),
    Case("wrapped", LONG, {"fontSize": 48}, max_width=700),
    Case(
        "wrapped box",
        LONG,
        {"fontSize": 44, "backgroundColor": "rgba(0,0,0,.5)", "padding": "24px", "borderRadius": 16},
        max_width=640,
    ),
    Case("justified", LONG, {"fontSize": 44, "textAlign": "justify"}, max_width=600),
    Case("emoji", "Piscine 🌊 Spa 💆", {"fontSize": 72}),
    Case("emoji sequences", "👩‍🍳 🇫🇷 👍🏽 ❤️ 1️⃣", {"fontSize": 80}),
    Case("emoji with a shadow", "Été 🌊🏖️", {"fontSize": 90, "textShadow": "0 6px 16px rgba(0,0,0,.6)"}),
    Case("arabic", "مرحبا بكم في الفندق", {"fontSize": 72}),
    Case("hebrew", "ברוכים הבאים", {"fontSize": 72}),
    Case("mixed directions", "Hotel فندق Paris", {"fontSize": 72}),
    Case("chinese", "欢迎光临我们的酒店", {"fontSize": 72}),
    Case("japanese", "ようこそ、ホテルへ", {"fontSize": 72, "fontWeight": 700}),
    Case("korean", "호텔에 오신 것을 환영합니다", {"fontSize": 60}),
    Case("thai", "ยินดีต้อนรับสู่โรงแรม", {"fontSize": 72}),
    Case("chinese wrapped", "欢迎光临我们的海滨酒店，祝您假期愉快。", {"fontSize": 60}, max_width=400),
    Case("thai wrapped", "ยินดีต้อนรับสู่โรงแรมริมทะเลของเรา", {"fontSize": 60}, max_width=420),
    Case("japanese wrapped", "ようこそ、海の見えるホテルへ。", {"fontSize": 60}, max_width=400),
    Case("adjacent brackets", "「朝食」（無料）、「海の見える部屋」。", {"fontSize": 54}),
    Case("spaced brackets", "「你好」，「再见」", {"fontSize": 60, "letterSpacing": 3}),
    Case("a trimmed bracket", "海の見える「客室」です", {"fontSize": 60}, max_width=510),
    Case("korean wrapped", "호텔에 오신 것을 환영합니다", {"fontSize": 60}, max_width=380),
    Case("arabic wrapped", "مرحبا بكم في الفندق، إقامة سعيدة!", {"fontSize": 60}, max_width=420),
    Case("arabic with a mark", "أهلا وسهلا!", {"fontSize": 72}),
    Case("hebrew left", "ברוכים הבאים\nלמלון", {"fontSize": 64, "textAlign": "start"}),
    Case("hyphens wrapped", "Petit-déjeuner-buffet rez-de-chaussée 7-10 h", {"fontSize": 56}, max_width=330),
    Case("greek and cyrillic", "Καλώς ήρθατε Добро", {"fontSize": 64}),
    Case("punctuation", '100 % : « l\'été » \\ "ok"; [v]=%{n}', {"fontSize": 52}),
    Case(
        "rotated",
        "De travers",
        {"fontSize": 90, "rotation": "-12deg", "backgroundColor": "#ffde59", "color": "#111", "padding": "10px 30px"},
    ),
    Case("upright turn", "Vertical", {"fontSize": 70, "rotation": 90}),
    # Fonts without an italic get a synthetic one, emoji too.
    Case("slanted arabic", "مرحبا بكم في الفندق", {"fontSize": 64, "fontStyle": "italic"}),
    Case("slanted chinese", "欢迎光临 Hôtel", {"fontSize": 72, "fontStyle": "italic", "fontWeight": 700}),
    Case("slanted emoji", "Vue mer 🌊", {"fontSize": 80, "fontStyle": "italic", "fontFamily": "Tinos"}),
    # Spacing follows a letter with its marks; cursive scripts have none; ligatures are disabled.
    Case("spaced thai", "ยินดีต้อนรับสู่โรงแรม", {"fontSize": 56, "letterSpacing": 3.3}),
    Case("spaced arabic", "مرحبا بكم في الفندق", {"fontSize": 72, "letterSpacing": 12}),
    Case("spaced hebrew", "ab ברוכים הבאים cd", {"fontSize": 56, "letterSpacing": 10}),
    Case("tight hebrew", "ברוכים הבאים", {"fontSize": 90, "letterSpacing": -3, "textShadow": "0 0 12px #000"}),
    Case("spaced ligatures", "Office fi ffl", {"fontSize": 90, "letterSpacing": -0.5, "fontFamily": "Lato"}),
    Case("spaced emoji", "👨‍👩‍👧‍👦 🇫🇷 👍🏽 OK", {"fontSize": 64.5, "letterSpacing": 8, "fontFamily": "Lato"}),
    Case("unqualified emoji sequences", "Ah ❤\u200d🔥 🙂\u200d↔ oui", {"fontSize": 72}),
    Case("spaced decomposed korean", "\u1112\u1161\u11ab\u1100\u1173\u11af", {"fontSize": 72, "letterSpacing": 5}),
    Case("spaced invisible controls", "Petit\u200bdéjeuner \u00adci", {"fontSize": 72, "letterSpacing": 5}),
    Case("flags", "🇫🇷🇮🇹🇪🇸 🇩🇪", {"fontSize": 64.5}, x=540.25),
    Case("turned emoji", "Vue 🌊 mer", {"fontSize": 80, "rotation": 30, "textShadow": "2px 2px 4px rgba(0,0,0,.5)"}),
    # French writes a narrow space before punctuation; HarfBuzz synthesizes it before another font is asked.
    Case("narrow spaces", "Dès 1\u202f299\u202f€\u202f!", {"fontSize": 72}),
    Case("spaced narrow spaces", "de 9\u202fh à 18\u202fh", {"fontSize": 72, "letterSpacing": 4}),
    Case("spaced price", "1\u202f299\u202f€", {"fontSize": 72, "letterSpacing": 6, "fontFamily": "Montserrat"}),
    Case("unbroken hyphen", "Petit\u2011déjeuner", {"fontSize": 72, "fontFamily": "Montserrat"}),
    Case("accents apart", "e\u0301te\u0301, a\u0302\u0301, Ǘ", {"fontSize": 72}),
    Case("turned between pixels", "De travers", {"fontSize": 60, "rotation": 5}, x=540.5, y=240.3),
    # Justified lines expand at spaces, breaking or not, and between ideographs.
    Case("justified and spaced", LONG, {"fontSize": 48, "textAlign": "justify", "letterSpacing": 3}, max_width=520),
    Case(
        "justified emoji",
        "Vue\u00a0mer 🌊🌊 et plage 🏖️ de sable fin",
        {"fontSize": 48, "textAlign": "justify"},
        max_width=520,
    ),
    Case(
        "justified japanese",
        "ようこそ、Hotel の「海」の部屋へ。お待ちしております",
        {"fontSize": 48, "textAlign": "justify"},
        max_width=520,
    ),
    Case(
        "justified hebrew",
        "ברוכים הבאים למלון שלנו ליד הים",
        {"fontSize": 48, "textAlign": "justify", "letterSpacing": 3},
        max_width=520,
    ),
    # A line that is too long begins at the left, whatever its alignment.
    Case("overflow", "Suite «Prestige»", {"fontSize": 110, "fontFamily": "Montserrat"}, max_width=300),
    Case("overflow hebrew", "ברוכים הבאים", {"fontSize": 150}, max_width=300),
    Case("black hard shadow", "Bienvenue", {"fontSize": 24, "textShadow": "3px 3px 0 #000000"}),
    # Lines along the text: an underline skips descenders, and is below the letters; a line-through is above.
    Case("underlined", "Bienvenue à l'hôtel", {"fontSize": 80, "textDecoration": "underline"}),
    Case("struck", "Ancien prix 129 €", {"fontSize": 72, "textDecoration": "line-through"}),
    Case("both lines", "Épuisé", {"fontSize": 90, "textDecoration": "underline line-through", "fontFamily": "Tinos"}),
    Case("descenders", "Spa, jardin, plage, Québec", {"fontSize": 64.5, "textDecoration": "underline"}),
    Case("small descenders", "spa, jardin, plage, yoga", {"fontSize": 33, "textDecoration": "underline"}),
    Case("no descenders", "Hôtel de la Mer", {"fontSize": 120, "textDecoration": "underline", "fontWeight": 900}),
    Case("thick gold line", "Prestige", {"fontSize": 90, "textDecoration": "underline 12px gold"}),
    Case("thin red line", "129 €", {"fontSize": 100, "textDecoration": "red line-through 2.4px"}),
    Case(
        "lines with shadows",
        "Ombre portée",
        {"fontSize": 90, "textDecoration": "underline line-through", "textShadow": "6px 8px 6px #000, -4px 0 0 #06c"},
    ),
    Case(
        "lines with a stroke",
        "Contour",
        {"fontSize": 90, "textDecoration": "underline line-through", "webkitTextStroke": "3px #d32f2f"},
    ),
    Case(
        "spaced underline",
        "ESPACÉ jusqu'ici",
        {"fontSize": 48, "textDecoration": "underline", "letterSpacing": "9px", "fontFamily": "Montserrat"},
    ),
    Case("underlined lines", "Petit-déjeuner\nà la plage", {"fontSize": 64, "textDecoration": "underline"}, y=240.5),
    Case(
        "underlined box",
        "Dans la boîte",
        {"fontSize": 57, "textDecoration": "underline", "backgroundColor": "#036", "padding": "12.5px", "opacity": 0.6},
    ),
    Case(
        "underlined justified",
        LONG,
        {"fontSize": 44, "textDecoration": "underline", "textAlign": "justify"},
        max_width=600,
    ),
    Case("underlined emoji", "Piscine 🌊 Spa 💆", {"fontSize": 72, "textDecoration": "underline"}),
    Case("struck emoji", "Vue 🌊 mer", {"fontSize": 72, "textDecoration": "line-through"}),
    Case("underlined arabic", "مرحبا بكم في الفندق", {"fontSize": 72, "textDecoration": "underline"}),
    Case("underlined hebrew", "ברוכים הבאים", {"fontSize": 72, "textDecoration": "underline"}),
    Case("struck hebrew", "ברוכים הבאים", {"fontSize": 72, "textDecoration": "line-through", "letterSpacing": 6}),
    Case("underlined chinese", "欢迎光临我们的酒店", {"fontSize": 72, "textDecoration": "underline"}),
    Case("underlined italic", "Plage privée", {"fontSize": 80, "textDecoration": "underline", "fontStyle": "italic"}),
    Case("turned underline", "De travers", {"fontSize": 90, "textDecoration": "underline", "rotation": -12}),
    # The case of letters: accents stay, and every word has its capital.
    Case("uppercase", "Été à l'hôtel, Straße", {"fontSize": 64, "textTransform": "uppercase"}),
    Case("lowercase", "ÉTÉ À L'HÔTEL ΟΔΟΣ", {"fontSize": 64, "textTransform": "lowercase"}),
    Case("capitalize", "«l’été à l'hôtel», petit-déjeuner", {"fontSize": 56, "textTransform": "capitalize"}),
    Case("capitalize marks", "«spa» 1er éCOLE (yoga) ﬁn", {"fontSize": 56, "textTransform": "capitalize"}),
    # A character that the first font of a list lacks comes from the next.
    Case("second font", "Lato Ωμέγα Жук", {"fontFamily": "Lato, Tinos, sans-serif", "fontSize": 80}),
    Case("third font", "Été Ωμέγα ≤ ǅ", {"fontFamily": "Montserrat, Lato, Tinos", "fontSize": 80, "fontWeight": 700}),
    # Directions: resolved by the paragraph, then set by the line.
    Case("arabic numbers", _ARABIC, {"fontSize": 48}, max_width=420),
    Case("arabic numbers, narrow", _ARABIC, {"fontSize": 48, "textAlign": "right"}, max_width=330),
    Case("arabic numbers, one line", "احجز الآن: 12 (غرفة مطلة على البحر) من 99 €", {"fontSize": 44}),
    Case("arabic brackets broken", "الفندق (يفتح من 8 إلى 20 كل يوم) [2026] مجاناً", {"fontSize": 52}, max_width=260),
    Case("hebrew latin numbers", _HEBREW, {"fontSize": 48}, max_width=380),
    Case("hebrew in latin", "Le mot «שלום (5 פעמים)» à l'hôtel 7 עולם, oui", {"fontSize": 48}, max_width=340),
    Case("hebrew phone", "להזמנות: 03-555-1234 או +33 1 23 45 67 89", {"fontSize": 48}, max_width=360),
    Case("arabic isolates", "من \u2068Hôtel (Spa)\u2069 إلى \u20675 نجوم\u2069 12-14", {"fontSize": 52}, max_width=300),
    Case("arabic justified", _ARABIC, {"fontSize": 48, "textAlign": "justify"}, max_width=420),
    Case("hebrew spaced", _HEBREW, {"fontSize": 44, "letterSpacing": 5}, max_width=420),
    Case("arabic underlined", _ARABIC, {"fontSize": 48, "textDecoration": "underline"}, max_width=420),
    Case("arabic emoji", "الغرفة 12 🌊 (99 €) 🏖️ 20% خصم", {"fontSize": 56}, max_width=330),
    Case("override", "abc \u202edef 12 ghi\u202c jkl", {"fontSize": 56}, max_width=200),
    # Soft hyphens: invisible, except where a line ends at one.
    *(Case(f"soft hyphens in {width}", _SOFT, {"fontSize": 56}, max_width=width) for width in (180, 250, 330, 470)),
    Case("soft hyphen unused", "Grand\u00adhotel", {"fontSize": 64}),
    Case("soft hyphen overflows", "Grand\u00adhotel", {"fontSize": 64}, max_width=60),
    Case("soft hyphen kerning", "VAT\u00adLAV\u00adTAV\u00adr", {"fontSize": 80, "fontFamily": "Lato"}, max_width=190),
    Case("soft hyphens spaced", _SOFT, {"fontSize": 48, "letterSpacing": 6}, max_width=330),
    Case("soft hyphens justified", _SOFT, {"fontSize": 48, "textAlign": "justify"}, max_width=330),
    Case("soft hyphens uppercase", _SOFT, {"fontSize": 44, "textTransform": "uppercase"}, max_width=330),
    Case("soft hyphen space", "Abc\u00ad cdef\u00ad.", {"fontSize": 64}, max_width=150),
    Case("soft hyphen wider", "Grandissi\u00ad!", {"fontSize": 64}, max_width=285),
    Case(
        "soft hyphen bold",
        "Grand\u00adhotel",
        {"fontSize": 64, "fontWeight": 700, "fontStyle": "italic"},
        max_width=240,
    ),
    Case("soft hyphen stroke", "Grand\u00adhotel", {"fontSize": 80, "webkitTextStroke": "3px #000"}, max_width=240),
    Case("soft hyphen emoji", "Strand\u00ad🌊\u00adhotel\u00ad🏨", {"fontSize": 64}, max_width=240),
    Case("soft hyphen hebrew", "ברוכים הבאים למלו\u00adננו 12", {"fontSize": 64}, max_width=330),
    Case("soft hyphen arabic", "مرحبا بكم في الفندق الجديد\u00adالرائع 12", {"fontSize": 60}, max_width=200),
    Case("soft hyphen underlined", "Grand\u00adhotel", {"fontSize": 72, "textDecoration": "underline"}, max_width=240),
)
