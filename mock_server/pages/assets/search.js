// Searches the index of a site of files as the server searches its own (contracts/reference/search_index.py).
"use strict";

(() => {
  const { kinds, limits, vendors, pages, entries } = window.searchIndex;
  const top = new URL("../", document.currentScript.src);
  // Han, Hiragana, Katakana and Hangul are written without blanks.
  const unspaced = /^[぀-ヿ㐀-䶿一-鿿가-힣豈-﫿]+$/u;

  function points(term, title, text) {
    if (term === title) return 100;
    if (title.startsWith(term)) return 40;
    if (title.includes(term)) return 20;
    if (text.includes(term)) return 5;
    if (term.length <= 2 || !unspaced.test(term)) return 0;
    for (let index = 0; index < term.length - 1; index += 1) {
      if (!(title + text).includes(term.slice(index, index + 2))) return 0;
    }
    return 1;
  }

  function score(entry, terms) {
    const title = entry[4].toLowerCase(), text = `${entry[5]} ${entry[6]}`.toLowerCase();
    let total = 0;
    for (const term of terms) {
      const gained = points(term, title, text);
      if (!gained) return 0;
      total += gained;
    }
    return total;
  }

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  // The part of a text that shows the terms, with these marked.
  function excerpt(text, terms) {
    const pattern = new RegExp(terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "giu");
    const first = text.search(pattern);
    const begin = first < 0 ? 0 : Math.max(0, first - Math.floor(limits.excerpt / 3));
    const shown = text.slice(begin, begin + limits.excerpt);
    const pieces = begin ? ["…"] : [];
    let end = 0;
    for (const match of shown.matchAll(pattern)) {
      pieces.push(shown.slice(end, match.index), element("mark", {}, match[0]));
      end = match.index + match[0].length;
    }
    pieces.push(shown.slice(end), begin + limits.excerpt < text.length ? "…" : "");
    return element("p", {}, ...pieces);
  }

  function result(entry, terms) {
    const [, vendor, page, anchor, title, within, text] = entry;
    const link = element("a", { href: new URL(pages[page] + (anchor && `#${anchor}`), top).href }, title);
    const item = element("li", {}, link, " ", element("span", { className: "soft" }, within), " ");
    if (vendors[vendor]) item.append(element("span", { className: "badge" }, vendors[vendor]));
    if (text) item.append(excerpt(text, terms));
    return item;
  }

  function section(kind, fitting, terms) {
    const heading = element("h2", { id: `kind-${kind}` }, kinds[kind], " ");
    heading.append(element("span", { className: "soft" }, String(fitting.length)));
    const list = element("ul", { className: "plain results" });
    list.append(...fitting.slice(0, limits.shown).map((entry) => result(entry, terms)));
    const part = element("section", {}, heading, list);
    part.setAttribute("aria-labelledby", heading.id);
    const more = fitting.length - limits.shown;
    if (more > 0) part.append(element("p", { className: "hint" }, `${more} more: add a word to the search.`));
    return part;
  }

  function search(query) {
    const terms = query.slice(0, limits.query).toLowerCase().split(/\s+/).filter(Boolean).slice(0, limits.terms);
    const scored = entries.map((entry) => [score(entry, terms), entry]).filter(([total]) => total);
    scored.sort(([left], [right]) => right - left);
    const groups = kinds.map((_, kind) => scored.map(([, entry]) => entry).filter((entry) => entry[0] === kind));
    const shown = groups.flatMap((fitting, kind) => (fitting.length ? [section(kind, fitting, terms)] : []));
    document.getElementById("search-results").replaceChildren(...shown);
    document.getElementById("search-status").textContent = scored.length
      ? `${scored.length} places fit “${query}”.`
      : `Nothing fits “${query}”. All words must occur together: try fewer of them, or a part of a word.`;
    document.getElementById("search-hint").hidden = true;
  }

  const query = (new URLSearchParams(window.location.search).get("q") || "").trim();
  if (!query) return;
  document.getElementById("q").value = query;
  search(query);
})();
