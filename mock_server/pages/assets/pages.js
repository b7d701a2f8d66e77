// What a page does without the server: live fragments, copy buttons, dialogs that ask twice.
"use strict";

const sources = new Map();
const shown = new Map();

function replaceFragments(fragments) {
  for (const [id, html] of Object.entries(fragments)) {
    const element = document.getElementById(id);
    // What has the focus stays as it is.
    if (!element || element.contains(document.activeElement) || shown.get(element) === html) continue;
    shown.set(element, html);
    // The first event repeats what the page came with: a video that plays already goes on.
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    if (fresh.innerHTML === element.innerHTML) continue;
    const open = new Set([...element.querySelectorAll("details[open][id]")].map((details) => details.id));
    element.innerHTML = html;
    for (const details of element.querySelectorAll("details[id]")) if (open.has(details.id)) details.open = true;
    if (window.htmx) window.htmx.process(element);
  }
}

function followLive(element) {
  const source = new EventSource(element.dataset.live);
  sources.set(element, source);
  source.addEventListener("fragments", (event) => replaceFragments(JSON.parse(event.data)));
  source.addEventListener("ended", (event) => {
    source.close();
    const status = document.getElementById("live-status");
    if (status) status.textContent = JSON.parse(event.data).message;
  });
  // A hidden page asks for nothing.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source.close();
    else if (element.isConnected) followLive(element);
  }, { once: true });
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

async function copyText(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copyText(button);
});

// A select that leads elsewhere as soon as another entry is chosen; without scripts its form has a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.documentElement.classList.add("with-scripts");
// The stylesheet shows them on wide screens without scripts, too; open, they are so for assistive technology as well.
function openWhenWide(root) {
  if (!window.matchMedia("(min-width: 64rem)").matches) return;
  for (const details of root.querySelectorAll("details[data-open-when-wide]")) details.open = true;
}
openWhenWide(document);
document.querySelectorAll("[data-live]").forEach(followLive);
// A form's response has replaced the content: the old streams end, new ones begin.
document.addEventListener("htmx:afterSettle", (event) => {
  openWhenWide(document);
  for (const [element, source] of sources) if (!element.isConnected) { source.close(); sources.delete(element); }
  for (const element of shown.keys()) if (!element.isConnected) shown.delete(element);
  for (const element of event.detail.elt.querySelectorAll("[data-live]")) if (!sources.has(element)) followLive(element);
  const notice = document.querySelector("main .notice");
  if (notice) notice.scrollIntoView({ block: "nearest" });
});
