"""Sentences in many languages, with encodings in which old files hold them."""

# ruff: noqa: RUF001 -- letters that look alike are what this is about

from __future__ import annotations

SENTENCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "German": (
        "Die Kündigungsfrist für die Wohnung beträgt drei Monate, sie ist größer als üblich.\n",
        ("cp1252", "iso8859_15", "mac_roman", "cp850"),
    ),
    "French": (
        "Le propriétaire a reçu la clé de l’appartement à côté du théâtre, près de l’hôtel.\n",
        ("cp1252", "mac_roman"),
    ),
    "Spanish": (
        "¿Cuándo llegará el año próximo? El señor Núñez preguntó por la habitación.\n",
        ("cp1252", "iso8859_15", "cp850"),
    ),
    "Portuguese": (
        "A reunião começa às nove; não há informações sobre a instalação do balcão.\n",
        ("cp1252",),
    ),
    "Swedish": ("Hyresgästen får inte röka på balkongen efter klockan åtta.\n", ("cp1252",)),
    "Danish": ("Lejeren må ikke ryge på altanen; nøglen ligger på køkkenbordet.\n", ("cp1252",)),
    "Polish": (
        "Właściciel może wypowiedzieć umowę, jeśli najemca zalega z opłatą; źródło ciepła.\n",
        ("cp1250", "iso8859_2"),
    ),
    "Czech": (
        "Nájemce musí zaplatit kauci při předání klíčů, nejpozději však příští měsíc.\n",
        ("cp1250", "iso8859_2"),
    ),
    "Hungarian": (
        "A bérlő köteles a lakást tisztán tartani, és őszig fűtési díjat fizetni.\n",
        ("cp1250", "iso8859_2"),
    ),
    "Croatian": (
        "Najmodavac će predati ključeve čim stanar plati režije; šest kuća.\n",
        ("cp1250",),
    ),
    "Turkish": (
        "Kiracı, dairenin anahtarlarını eşyalarıyla birlikte ağustosta geri verecektir.\n",
        ("cp1254", "iso8859_9"),
    ),
    "Lithuanian": (
        "Nuomininkas turi mokėti nuomą iki mėnesio pabaigos, įskaitant šildymą.\n",
        ("cp1257",),
    ),
    "Russian": (
        "Наниматель обязан платить за квартиру до пятого числа каждого месяца.\n",
        ("cp1251", "koi8_r", "cp866", "iso8859_5"),
    ),
    "Greek": ("Ο ενοικιαστής πρέπει να πληρώνει το ενοίκιο κάθε μήνα.\n", ("cp1253", "iso8859_7")),
    "Hebrew": ("השוכר ישלם את שכר הדירה עד החמישי בכל חודש.\n", ("cp1255",)),
    "Arabic": ("يدفع المستأجر الإيجار قبل الخامس من كل شهر.\n", ("cp1256",)),
    "Thai": ("ผู้เช่าต้องชำระค่าเช่าภายในวันที่ห้าของทุกเดือน\n", ("cp874",)),
    "Japanese": (
        "借主は毎月五日までに家賃を支払わなければなりません。鍵は管理人に返してください。\n",
        ("cp932", "euc_jp", "iso2022_jp"),
    ),
    "Chinese": ("租客应在每月五日之前支付房租，并保持房间清洁。\n", ("gb18030",)),
    "Chinese in traditional letters": (
        "租客應在每月五日之前支付房租，並保持房間清潔。\n",
        ("big5",),
    ),
    "Korean": (
        "세입자는 매월 오일까지 월세를 내야 하며 방을 깨끗이 유지해야 합니다.\n",
        ("cp949", "iso2022_kr"),
    ),
}
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
