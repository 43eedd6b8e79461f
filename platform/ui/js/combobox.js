// A long select becomes one that can be searched; the select stays the form's own field.
import { enhance } from "./boost.js";
import { all, words } from "./page.js";

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

  let shown = [];
  let at = 0;
  const chosen = () => select.selectedOptions[0]?.textContent ?? "";
  const mark = () => {
    shown.forEach(({ element }, i) => element.setAttribute("aria-selected", i === at));
    const current = shown[at]?.element;
    input.setAttribute("aria-activedescendant", current?.id ?? "");
    current?.scrollIntoView({ block: "nearest" });
  };
  const draw = (wanted) => {
    const options = [...select.options].filter((option) => plain(option.textContent).includes(wanted)).slice(0, 80);
    shown = options.map((option, i) => {
      const element = document.createElement("div");
      element.className = "combobox-option";
      element.id = `${id}-${i}`;
      element.setAttribute("role", "option");
      element.textContent = option.textContent;
      if (option.selected) element.dataset.chosen = "";
      element.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(option); });
      return { element, option };
    });
    list.replaceChildren(...shown.map(({ element }) => element));
    if (!shown.length) {
      const none = document.createElement("div");
      none.className = "combobox-empty";
      none.textContent = words().nothing;
      list.append(none);
    }
    at = Math.max(0, shown.findIndex(({ option }) => option.selected));
    mark();
  };
  const open = () => {
    if (!list.hidden) return;
    draw("");
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.select();
    mark();
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = chosen();
  };
  const choose = (option) => {
    select.value = option.value;
    for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
    close();
  };
  input.addEventListener("focus", open);
  input.addEventListener("click", open);
  input.addEventListener("blur", close);
  input.addEventListener("input", (event) => { event.stopPropagation(); open(); draw(plain(input.value)); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      open();
      at = Math.max(0, Math.min(shown.length - 1, at + step));
      mark();
    } else if (event.key === "Enter" && !list.hidden && shown[at]) {
      event.preventDefault();
      choose(shown[at].option);
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
