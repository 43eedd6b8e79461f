// A long select becomes one that can be searched; the select stays the form's own field.
// Where it has a source, that finds more than the select holds.
import { enhance } from "./boost.js";
import { all, calmly, words } from "./page.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const build = (select) => {
  const box = document.createElement("div");
  box.className = "combobox";
  const input = document.createElement("input");
  const list = document.createElement("div");
  const id = `${select.id}-box`;
  input.className = "input select";
  input.id = id;
  input.autocomplete = "off";
  input.disabled = select.disabled;
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`,
  })) input.setAttribute(name, value);
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  if (label) input.setAttribute("aria-label", label.textContent.trim());
  list.className = "combobox-list";
  list.id = `${id}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label?.textContent.trim() ?? "");
  list.hidden = true;
  box.append(input, list);
  select.after(box);
  select.classList.add("combobox-source");
  select.tabIndex = -1;
  select.setAttribute("aria-hidden", "true");

  // Each line: what it chooses, what it is called, and its element.
  let shown = [];
  let at = 0;
  // What the source knows of what is typed now; `null` while its answer is awaited.
  let found = [];
  let chooseFirst = false;
  let moved = false;
  const chosen = () => select.selectedOptions[0]?.textContent ?? "";
  const mark = () => {
    shown.forEach(({ element }, i) => element.setAttribute("aria-selected", i === at));
    const current = shown[at]?.element;
    input.setAttribute("aria-activedescendant", current?.id ?? "");
    current?.scrollIntoView({ block: "nearest" });
  };
  const note = (text) => {
    const line = document.createElement("div");
    line.className = "combobox-empty";
    line.textContent = text;
    list.replaceChildren(line);
  };
  const draw = (wanted) => {
    // What was gone to stays marked; else the best of what is typed, or what is chosen.
    const marked = moved ? shown[at]?.value : wanted ? undefined : select.value;
    const known = new Set(found?.map(({ value }) => value));
    const own = [...select.options].map(({ value, textContent }) => ({ value, label: textContent }))
      .filter(({ value, label }) => plain(label).includes(wanted) && !known.has(value) && (value || !wanted));
    shown = [...(found ?? []), ...own].slice(0, 80).map(({ value, label }, i) => {
      const element = document.createElement("div");
      element.className = "combobox-option";
      element.id = `${id}-${i}`;
      element.setAttribute("role", "option");
      element.textContent = label;
      if (value === select.value) element.dataset.chosen = "";
      element.addEventListener("pointerdown", (event) => { event.preventDefault(); choose({ value, label }); });
      return { value, label, element };
    });
    list.setAttribute("aria-busy", found === null);
    if (shown.length) list.replaceChildren(...shown.map(({ element }) => element));
    else note(found === null ? `${words().search}…` : words().nothing);
    at = Math.max(0, shown.findIndex(({ value }) => value === marked));
    mark();
  };
  const ask = calmly(150, async (text) => {
    const isAwaited = () => !list.hidden && input.value === text;
    try {
      const answer = await fetch(`${select.dataset.source}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { options } = await answer.json();
      if (!isAwaited()) return;
      found = options;
      draw(plain(text));
      if (chooseFirst && shown[at]) choose(shown[at]);
    } catch {
      if (!isAwaited()) return;
      found = [];
      draw(plain(text));
      if (!shown.length) note(words().failed);
    }
  });
  const open = () => {
    if (!list.hidden) return;
    found = [];
    moved = false;
    draw("");
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.select();
    mark();
  };
  const close = () => {
    list.hidden = true;
    chooseFirst = false;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = chosen();
  };
  const choose = ({ value, label }) => {
    if (![...select.options].some((option) => option.value === value)) {
      // One at a time: a form that comes back holds the chosen one and no other that was found.
      select.querySelector("[data-found]")?.remove();
      const option = new Option(label, value);
      option.dataset.found = "";
      select.add(option);
    }
    select.value = value;
    for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
    close();
  };
  const typed = () => {
    open();
    [chooseFirst, moved] = [false, false];
    const asks = select.dataset.source && input.value.trim();
    found = asks ? null : [];
    draw(plain(input.value));
    if (asks) ask(input.value);
  };
  input.addEventListener("focus", open);
  input.addEventListener("click", open);
  input.addEventListener("blur", close);
  input.addEventListener("input", (event) => { event.stopPropagation(); typed(); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      open();
      moved = true;
      at = Math.max(0, Math.min(shown.length - 1, at + step));
      mark();
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      if (shown[at]) choose(shown[at]);
      else chooseFirst = found === null;
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  select.addEventListener("focus", () => input.focus());
  select.form?.addEventListener("reset", () => setTimeout(close));
  input.value = chosen();
};

enhance(() => all("select[data-combobox]").forEach((select) => {
  if (select.nextElementSibling?.matches(".combobox")) {
    select.classList.add("combobox-source");
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    return;
  }
  build(select);
}));
