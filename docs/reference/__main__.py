"""`python -m docs.reference`: every part between markers is made again."""

from docs.reference.pages import PAGES, made

if __name__ == "__main__":
    for page in PAGES:
        text = made(page.read_text(encoding="utf-8"))
        page.write_text(text, encoding="utf-8")
