"""Line break opportunities compared with Chromium's, which breaks each text in a box of no width."""

import html
import itertools
import json

from tests.golden import browser
from worker.job import Style
from worker.text.fonts.catalog import bundled
from worker.text.layout.typesetter import Typesetter

TEXTS = (
    "ยินดีต้อนรับสู่โรงแรมริมทะเลของเรา",
    "欢迎光临我们的海滨酒店，祝您假期愉快。「你好」（好）",
    "ようこそ、ホテルへ。スキー・リゾートっ ッキャー々",
    "호텔에 오신 것을 환영합니다",
    "សូមស្វាគមន៍មកកាន់ ຍິນດີຕ້ອນຮັບ ကြိုဆိုပါတယ်",
    "مرحبا بكم-في الفندق 20-30",
    "all-day well–known e-mail 3-4 a/b http://x.y/z?a=b 50 % $30 a—b c.d e;f g:h i!j k?l m&n [x](y){z} -5 a-5 à-côté",
    "«oui» « oui » l'été d’un 8\u00a0h à 20\u00a0h, 10/12 Hôtel★Spa·Mer•Ciel…bon",
    "👩‍🍳🇫🇷🇪🇸👍🏽❤️1️⃣🌊ab🌊 hotel酒店hotel",
)

SCRIPT = """
document.fonts.ready.then(() => {
  const found = [...document.querySelectorAll("p")].map(box => {
    const text = box.firstChild, starts = [];
    let last = null;
    for (let i = 0; i < text.length; i++) {
      const range = document.createRange();
      range.setStart(text, i); range.setEnd(text, i + 1);
      const rects = range.getClientRects();
      if (!rects.length) continue;
      const bottom = rects[rects.length - 1].bottom;
      if (last !== null && Math.abs(bottom - last) > 20) starts.push(i);
      last = bottom;
    }
    return starts;
  });
  document.body.textContent = JSON.stringify(found);
});
"""


def test_lines_break_where_chromium_breaks_them() -> None:
    boxes = "".join(f'<p style="width:0;font-size:40px">{html.escape(text)}</p>' for text in TEXTS)
    found = json.loads(browser.evaluate(f'<div style="font-family:{browser.FALLBACK_STACK}">{boxes}</div>', SCRIPT))
    typesetter = Typesetter(Style(), bundled())
    for text, starts in zip(TEXTS, found, strict=True):
        units = text.encode("utf-16-le")  # JavaScript counts in these
        bounds = [0, *starts, len(units) // 2]
        theirs = [units[2 * a : 2 * b].decode("utf-16-le") for a, b in itertools.pairwise(bounds)]
        assert [segment.strip() for segment in typesetter.segments(text)] == [segment.strip() for segment in theirs]
