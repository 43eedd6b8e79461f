// ⌘K: everything there is, and everything one can do.
import htmx from "htmx.org";
import { all, calmly, on, words } from "./page.js";

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
let items = [];
let at = 0;
let asked;

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Do the letters wanted stand in the text, in order? A lower score is a better match. */
const score = (text, wanted) => {
  const where = plain(text);
  const whole = where.indexOf(wanted);
  if (whole >= 0) return whole;
  let from = 0;
  for (const letter of wanted) {
    from = where.indexOf(letter, from) + 1;
    if (!from) return -1;
  }
  return 100 + from;
};

const commands = () => {
  const of = (selector, label) => all(selector).map((link) => ({
    title: `${label} ${(link.querySelector(".nav-text") ?? link.querySelector("span") ?? link).textContent.trim()}`,
    href: link.href,
    svg: link.querySelector("svg"),
    link,
  }));
  return [...of("#nav a", words().go), ...of("[data-create-link]", words().create)];
};

const symbol = (name) => {
  const id = document.getElementById(`i-${name}`) ? `i-${name}` : "i-arrow-right";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${id}`);
  svg.append(use);
  return svg;
};

const row = (item, i) => {
  const element = document.createElement("div");
  element.className = "palette-item";
  element.id = `palette-${i}`;
  element.setAttribute("role", "option");
  const title = document.createElement("span");
  title.textContent = item.title;
  element.append(item.svg ? item.svg.cloneNode(true) : symbol(item.icon), title);
  if (item.subtitle) {
    const subtitle = document.createElement("span");
    subtitle.textContent = item.subtitle;
    element.append(subtitle);
  }
  element.addEventListener("click", () => go(item));
  element.addEventListener("pointermove", () => { if (at !== i) { at = i; mark(); } });
  return element;
};

const mark = () => {
  all("[role=option]", list).forEach((element, i) => {
    element.setAttribute("aria-selected", i === at);
    if (i === at) {
      input.setAttribute("aria-activedescendant", element.id);
      element.scrollIntoView({ block: "nearest" });
    }
  });
};

const draw = (groups) => {
  items = [];
  list.replaceChildren(...groups.filter((group) => group.items.length).map((group, n) => {
    const box = document.createElement("div");
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", `palette-group-${n}`);
    const label = document.createElement("p");
    label.className = "palette-group";
    label.id = `palette-group-${n}`;
    label.textContent = group.label;
    box.append(label, ...group.items.map((item) => row(item, items.push(item) - 1)));
    return box;
  }));
  if (!items.length) {
    const none = document.createElement("p");
    none.className = "palette-none";
    none.textContent = words().nothing;
    list.append(none);
  }
  at = 0;
  mark();
};

const own = (wanted) => commands()
  .map((item) => ({ item, rank: wanted ? score(item.title, wanted) : 0 }))
  .filter(({ rank }) => rank >= 0)
  .sort((a, b) => a.rank - b.rank)
  .slice(0, wanted ? 6 : 12)
  .map(({ item }) => item);

const ask = calmly(110, async (text) => {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(text)}`, {
      signal: asked.signal, headers: { Accept: "application/json" },
    });
    if (!answer.ok || input.value.trim() !== text) return;
    const { groups } = await answer.json();
    draw([...groups, { label: words().go, items: own(plain(text)) }, everything(text)]);
  } catch (error) {
    if (error.name !== "AbortError") return;
  }
});

const everything = (text) => ({
  label: words().search,
  items: text ? [{ title: `${words().search}: ${text}`, href: `${dialog.dataset.searchUrl}?q=${encodeURIComponent(text)}`, icon: "search" }] : [],
});

const go = ({ href, link }) => {
  dialog.close();
  if (link?.isConnected) link.click();
  else htmx.ajax("GET", href, { target: "#main", select: "#main", swap: "outerHTML show:none", push: "true" });
};

export const openPalette = (text = "") => {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  input.value = text;
  input.focus();
  draw([{ label: words().go, items: own(plain(text)) }]);
  if (text) ask(text);
};

if (dialog) {
  input.addEventListener("input", () => {
    const text = input.value.trim();
    draw([{ label: words().go, items: own(plain(text)) }, everything(text)]);
    if (text) ask(text);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length) {
      event.preventDefault();
      at = (at + step + items.length) % items.length;
      mark();
    } else if (event.key === "Enter" && items[at]) {
      event.preventDefault();
      go(items[at]);
    }
  });
  dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) dialog.close(); });
  on("pointerdown", "[data-palette-open]", (event) => { event.preventDefault(); openPalette(); });
  on("keydown", "[data-palette-open]", (event, box) => {
    if (event.key === "Enter" || event.key.length === 1) {
      event.preventDefault();
      openPalette(event.key === "Enter" ? box.value : event.key);
    }
  });
  on("click", "[data-palette-form] > .icon", () => openPalette());
}
