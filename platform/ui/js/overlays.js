// Dialogs, menus, toasts and hints.
import { enhance } from "./boost.js";
import { isDirty } from "./forms.js";
import { all, announce, on, words } from "./page.js";

// A link to a dialog of this page opens it here; one the server rendered open becomes modal.
on("click", "a[data-dialog]", (event, link) => {
  const dialog = document.getElementById(link.dataset.dialog);
  if (!(dialog instanceof HTMLDialogElement) || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  link.closest("[popover]")?.hidePopover();
  open(dialog);
}, true);

const open = (dialog) => {
  if (dialog.matches(":modal")) return;
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
};

on("click", "[data-close]", (event, button) => {
  const dialog = button.closest("dialog");
  if (!dialog?.matches(":modal")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.close();
}, true);

document.addEventListener("pointerdown", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !dialog.matches(":modal") || isDirty()) return;
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
  if (!inside) dialog.close();
});

document.addEventListener("close", () => {
  const url = new URL(location.href);
  if (!url.searchParams.has("dialog") && !url.searchParams.has("move")) return;
  url.searchParams.delete("dialog");
  url.searchParams.delete("move");
  history.replaceState(history.state, "", url);
}, true);

enhance(() => all("dialog[data-modal][open]").forEach(open));

// Menus: arrows move, choosing closes; browsers without anchors get a computed place.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || !menu.matches(".menu") || event.newState !== "open") return;
  if (!CSS.supports("position-area", "block-end")) place(menu);
  menu.querySelector(".menu-item:not(:disabled)")?.focus({ preventScroll: true, focusVisible: false });
}, true);

const place = (menu) => {
  const id = CSS.escape(menu.id);
  const button = document.querySelector(`[popovertarget="${id}"], [aria-controls="${id}"]`).getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(button.left, innerWidth - width - 8));
  const below = button.bottom + height + 8 < innerHeight;
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${below ? button.bottom : Math.max(8, button.top - height - 10)}px`);
};

on("keydown", ".menu", (event, menu) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = all(".menu-item:not(:disabled)", menu);
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length]?.focus();
});
on("click", ".menu a, .menu button[type=submit]", (_, item) => item.closest("[popover]")?.hidePopover());

document.addEventListener("click", (event) => all("details[data-dismiss][open]").forEach((details) => {
  if (!details.contains(event.target) || event.target.closest("a")) details.removeAttribute("open");
}));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all("details[data-dismiss][open]").forEach((details) => {
    details.removeAttribute("open");
    details.querySelector("summary").focus();
  });
});

// Toasts leave by themselves; errors stay twice as long; a pointer on one holds it.
const dismiss = (toast) => {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 150);
};
const mind = (toast) => {
  let leave;
  const start = () => { leave = setTimeout(() => dismiss(toast), toast.classList.contains("toast-red") ? 14000 : 7000); };
  toast.addEventListener("pointerenter", () => clearTimeout(leave));
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", () => clearTimeout(leave));
  start();
};
const toasts = document.getElementById("toasts");
if (toasts) {
  all("[data-toast]", toasts).forEach(mind);
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => {
    if (node instanceof HTMLElement && node.matches("[data-toast]")) mind(node);
  }))).observe(toasts, { childList: true });
}
on("click", "[data-dismiss-toast]", (_, button) => dismiss(button.closest("[data-toast]")));

on("click", "[data-copy]", async (_, button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  announce(words().copied);
  button.classList.add("is-done");
  button.title = button.dataset.done ?? words().copied;
  setTimeout(() => button.classList.remove("is-done"), 1500);
});

// Charts say the value under the pointer.
const hint = document.createElement("div");
hint.className = "hover-tip";
hint.hidden = true;
hint.setAttribute("aria-hidden", "true");
document.body.append(hint);
document.addEventListener("pointermove", (event) => {
  const target = event.target.closest?.("[data-tip]");
  hint.hidden = !target;
  if (!target) return;
  target.querySelector("title")?.remove();
  hint.textContent = target.dataset.tip;
  const { width, height } = hint.getBoundingClientRect();
  hint.style.setProperty("left", `${Math.max(8, Math.min(event.clientX - width / 2, innerWidth - width - 8))}px`);
  hint.style.setProperty("top", `${Math.max(8, event.clientY - height - 14)}px`);
}, { passive: true });
