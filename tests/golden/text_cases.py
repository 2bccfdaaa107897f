"""The texts that are compared with Chromium: a name, what is written, and the editor's style."""

from dataclasses import dataclass, field
from typing import Any

LONG = "Découvrez notre piscine à débordement, face à la mer, ouverte toute l'année de 8 h à 20 h"


@dataclass(frozen=True)
class Case:
    """`style` is as the editor sends it: camelCase CSS."""

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
    Case("brackets that meet", "「朝食」（無料）、「海の見える部屋」。", {"fontSize": 54}),
    Case("spaced brackets", "「你好」，「再见」", {"fontSize": 60, "letterSpacing": 3}),
    Case("a bracket that gives way", "海の見える「客室」です", {"fontSize": 60}, max_width=510),
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
    # Fonts without an italic of their own are slanted, emoji too.
    Case("slanted arabic", "مرحبا بكم في الفندق", {"fontSize": 64, "fontStyle": "italic"}),
    Case("slanted chinese", "欢迎光临 Hôtel", {"fontSize": 72, "fontStyle": "italic", "fontWeight": 700}),
    Case("slanted emoji", "Vue mer 🌊", {"fontSize": 80, "fontStyle": "italic", "fontFamily": "Tinos"}),
    # Spacing lies behind a letter with its marks; letters that join take none; ligatures come apart.
    Case("spaced thai", "ยินดีต้อนรับสู่โรงแรม", {"fontSize": 56, "letterSpacing": 3.3}),
    Case("spaced arabic", "مرحبا بكم في الفندق", {"fontSize": 72, "letterSpacing": 12}),
    Case("spaced hebrew", "ab ברוכים הבאים cd", {"fontSize": 56, "letterSpacing": 10}),
    Case("tight hebrew", "ברוכים הבאים", {"fontSize": 90, "letterSpacing": -3, "textShadow": "0 0 12px #000"}),
    Case("spaced ligatures", "Office fi ffl", {"fontSize": 90, "letterSpacing": -0.5, "fontFamily": "Lato"}),
    Case("spaced emoji", "👨‍👩‍👧‍👦 🇫🇷 👍🏽 OK", {"fontSize": 64.5, "letterSpacing": 8, "fontFamily": "Lato"}),
    Case("flags", "🇫🇷🇮🇹🇪🇸 🇩🇪", {"fontSize": 64.5}, x=540.25),
    Case("turned emoji", "Vue 🌊 mer", {"fontSize": 80, "rotation": 30, "textShadow": "2px 2px 4px rgba(0,0,0,.5)"}),
    # French writes a narrow space before its signs; what a font lacks is made up before another font is asked.
    Case("narrow spaces", "Dès 1\u202f299\u202f€\u202f!", {"fontSize": 72}),
    Case("spaced narrow spaces", "de 9\u202fh à 18\u202fh", {"fontSize": 72, "letterSpacing": 4}),
    Case("spaced price", "1\u202f299\u202f€", {"fontSize": 72, "letterSpacing": 6, "fontFamily": "Montserrat"}),
    Case("unbroken hyphen", "Petit\u2011déjeuner", {"fontSize": 72, "fontFamily": "Montserrat"}),
    Case("accents apart", "e\u0301te\u0301, a\u0302\u0301, Ǘ", {"fontSize": 72}),
    Case("turned between pixels", "De travers", {"fontSize": 60, "rotation": 5}, x=540.5, y=240.3),
    # Justified lines are widened at spaces, broken or not, and between what stands alone.
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
    # A line that is too long begins at the left, however it is aligned.
    Case("overflow", "Suite «Prestige»", {"fontSize": 110, "fontFamily": "Montserrat"}, max_width=300),
    Case("overflow hebrew", "ברוכים הבאים", {"fontSize": 150}, max_width=300),
    Case("black hard shadow", "Bienvenue", {"fontSize": 24, "textShadow": "3px 3px 0 #000000"}),
)
