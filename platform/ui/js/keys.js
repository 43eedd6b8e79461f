// The keyboard: one letter does it, unless somebody is typing.
import { openPalette } from "./palette.js";
import { all, on } from "./page.js";

const typing = (element) => element?.closest?.("input, textarea, select, [contenteditable]");
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
let going = 0;

const help = () => {
  const dialog = document.getElementById("help");
  if (dialog && !dialog.open) dialog.showModal();
};

const step = (by) => {
  const rows = all("#main :is(.row-link, .bcard-title, .step-link)").filter(visible);
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement);
  const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, now + by));
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
};

const keys = {
  "/": () => {
    const box = all("#main [data-search]").find(visible);
    if (box) {
      box.focus();
      box.select();
    } else openPalette();
  },
  "?": help,
  c: () => {
    const links = all("[data-create-link]");
    if (links.length === 1) links[0].click();
    else document.getElementById("create-menu")?.showPopover({ source: document.querySelector("[data-create]") });
  },
  g: () => { going = Date.now(); },
  j: () => step(1),
  k: () => step(-1),
};

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  const modal = document.querySelector("dialog:modal");
  if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing || typing(event.target) || modal) return;
  const key = event.key.length === 1 ? event.key : "";
  if (!key) return;
  if (Date.now() - going < 1200) {
    going = 0;
    const link = all("#nav [data-go]").find((item) => item.dataset.go === key);
    if (link) {
      event.preventDefault();
      link.click();
      return;
    }
  }
  const run = keys[key] ?? (() => {
    const button = all("#main [data-key]").find((item) => item.dataset.key === key && visible(item));
    if (!button) return false;
    button.click();
    return true;
  });
  if (run() !== false) event.preventDefault();
});

on("click", "[data-open-help]", (_, button) => {
  button.closest("[popover]")?.hidePopover();
  help();
});
if (!/mac|iphone|ipad/i.test(navigator.platform)) {
  all("[data-mod]").forEach((key) => { key.textContent = "Ctrl"; });
}
