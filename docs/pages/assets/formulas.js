// Sets the formulas of a page, by the copy of KaTeX that lies beside it; no short code breaks behind a hyphen.
document.addEventListener("DOMContentLoaded", () => {
  for (const formula of document.querySelectorAll(".arithmatex")) {
    const text = formula.textContent.trim();
    katex.render(text.slice(2, -2), formula, { displayMode: text.startsWith("\\["), throwOnError: false });
  }
  for (const code of document.querySelectorAll(":is(p, li) > code")) {
    if (code.textContent.length < 32) code.style.whiteSpace = "nowrap";
  }
});
