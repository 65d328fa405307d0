// Sets the formulas of a page, by the copy of KaTeX that lies beside it. Short ones, and short code, stay on one line.
document.addEventListener("DOMContentLoaded", () => {
  for (const code of document.querySelectorAll(":is(p, li) > code")) {
    if (code.textContent.length < 32) code.style.whiteSpace = "nowrap";
  }
  for (const formula of document.querySelectorAll(".arithmatex")) {
    const text = formula.textContent.trim();
    if (text.length < 32) formula.style.whiteSpace = "nowrap";
    katex.render(text.slice(2, -2), formula, { displayMode: text.startsWith("\\["), throwOnError: false });
  }
});
