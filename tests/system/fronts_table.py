"""docs/fronts.md and docs/fronts.zh-CN.md: for each web server in front what holds and what it cannot do.

Made from fronts_limits.py, which the front suite asserts case by case. `pytest test_fronts_table.py --write-docs`
writes them; without the option the same test compares.
"""

from fronts import FRONTS
from fronts_limits import CASES, limit_of

ENGLISH, CHINESE = 0, 1
FILES = {"docs/fronts.md": ENGLISH, "docs/fronts.zh-CN.md": CHINESE}

HEAD = ("""# Web servers in front

<!-- Written by tests/system/test_fronts_table.py --write-docs. -->

[中文](fronts.zh-CN.md)

Each file of `conf/` sets up one web server in front of Gemini Balance; `make install` puts them, with this
installation's paths in them, into `share/gemini-balance/conf`. The head of each file says where to copy it and what
to change. The test suite starts every one of these servers from its very file and tries the same cases with each.

## Which one

| web server | file | processes of Gemini Balance |
|---|---|---|
""", """# 前置 Web 服务器

<!-- 由 tests/system/test_fronts_table.py --write-docs 生成。 -->

[English](fronts.md)

`conf/` 中的每个文件对应一种前置 Web 服务器的配置;`make install` 会把它们连同实际安装路径一起放到
`share/gemini-balance/conf`。每个文件开头写明复制到哪里、需要改什么。测试套件用这些文件原样启动每一种真实的服务器,
并对它们逐一执行相同的用例。

## 选哪一个

| Web 服务器 | 文件 | Gemini Balance 的进程 |
|---|---|---|
""")
WHAT_HOLDS = ("""
## What holds

● holds; a number: see the note below the table.
""", """
## 哪些成立

● 表示成立;数字对应表格下方的说明。
""")
CASE = ("case", "用例")
NOTES = ("\n## What a server cannot do\n\n", "\n## 服务器自身的限制\n\n")
PROCESSES = {
    "spawned": ("one, with threads; started by the web server", "一个,多线程;由 Web 服务器启动"),
    "several": ("four, with threads; started by the web server", "四个,多线程;由 Web 服务器启动"),
    "supervised": ("one, with threads; runs by itself on a socket", "一个,多线程;自行运行,监听套接字"),
    "fcgid": ("one for each request at a time, reused; started by the web server", "每个并发请求一个,可复用;由 Web 服务器启动"),
    "cgi": ("one for each request", "每个请求一个"),
}


def processes_of(front):
    if front.cgi:
        return "cgi"
    if front.supervised:
        return "supervised"
    if front.per_request:
        return "fcgid"
    return "several" if "processes" in front.conf else "spawned"


def notes():
    """The limits, each once, in the order in which the table meets them."""
    found = []
    for case in CASES:
        for name in FRONTS:
            limit = limit_of(name, case)
            if limit and limit not in found:
                found.append(limit)
    return found


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def page(language):
    numbered = notes()
    text = HEAD[language]
    for front in FRONTS.values():
        text += row([front.titles[language], f"`{front.conf}`", PROCESSES[processes_of(front)][language]])
    text += WHAT_HOLDS[language] + "\n"
    text += row([CASE[language], *(front.titles[language] for front in FRONTS.values())])
    text += "|---|" + ":-:|" * len(FRONTS) + "\n"
    for case, titles in CASES.items():
        limits = [limit_of(name, case) for name in FRONTS]
        text += row([titles[language], *("●" if not limit else str(numbered.index(limit) + 1) for limit in limits)])
    text += NOTES[language]
    for number, limit in enumerate(numbered, 1):
        text += f"{number}. {(limit.english, limit.chinese)[language]}\n"
    return text
