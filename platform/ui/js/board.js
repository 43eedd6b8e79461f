// Cards that may be moved are dragged between columns; the server is told at once, and a refusal puts them back.
// One menu does the same from every card.
import Sortable from "sortablejs/modular/sortable.core.esm.js";
import { enhance, refresh, show } from "./boost.js";
import { all, announce, csrf, on, toast, words } from "./page.js";

const move = async ({ item, from, to, oldIndex, newIndex }) => {
  if (from === to && oldIndex === newIndex) return;
  const back = () => from.insertBefore(item, from.children[oldIndex + (from === to && oldIndex > newIndex ? 1 : 0)] ?? null);
  const body = new URLSearchParams({
    csrf: csrf(), stage_id: to.dataset.stage, position: newIndex, version: item.dataset.version,
  });
  item.classList.add("is-saving");
  try {
    const answer = await fetch(item.dataset.boardMove, {
      method: "POST",
      body,
      headers: { "X-CSRF-Token": csrf(), "HX-Request": "true", Accept: "text/html" },
    });
    if (!answer.ok) {
      back();
      toast(answer.status === 409 ? words().conflict : words().failed, "red");
      refresh();
      return;
    }
    const column = document.getElementById(to.closest(".column").getAttribute("aria-labelledby"));
    announce(`${words().moved} ${column.textContent.trim()}`);
    const text = answer.status === 204 ? "" : await answer.text();
    const same = new URL(answer.url).pathname === location.pathname && text.includes('id="main"');
    if (same) show(text, { url: answer.url, status: answer.status });
    else refresh();
  } catch {
    back();
    toast(words().offline, "red");
  } finally {
    item.classList.remove("is-saving");
  }
};

enhance(() => all("[data-board] [data-stage]").forEach((list) => {
  if (Sortable.get(list)) return;
  Sortable.create(list, {
    group: "board",
    animation: 120,
    draggable: ".bcard:has(.card-move)",
    filter: ".card-move",
    preventOnFilter: false,
    ghostClass: "is-ghost",
    dragClass: "is-dragging",
    delay: 180,
    delayOnTouchOnly: true,
    onEnd: move,
  });
}));

// The menu is filled in for the card at whose control it opens; a second press on the control closes it.
const menu = () => document.getElementById("board-menu");
let pressed;
on("pointerdown", ".card-move", (_, link) => { pressed = link.hasAttribute("aria-expanded") ? link : null; });
on("click", ".card-move", (event, link) => {
  if (!menu() || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.detail && pressed === link) return;
  const card = link.closest(".bcard");
  const own = link.closest("[data-stage]").dataset.stage;
  const form = menu().querySelector("form");
  form.action = card.dataset.boardMove;
  form.elements.version.value = card.dataset.version;
  all("[name=stage_id]", form).forEach((button) => { button.disabled = button.value === own; });
  menu().togglePopover(false);
  link.setAttribute("aria-controls", "board-menu");
  link.setAttribute("aria-expanded", "true");
  link.focus({ preventScroll: true });
  menu().showPopover({ source: link });
}, true);
document.addEventListener("beforetoggle", ({ target, newState }) => {
  if (target !== menu() || newState === "open") return;
  all(".card-move[aria-expanded]").forEach((link) => ["aria-controls", "aria-expanded"].forEach((name) => link.removeAttribute(name)));
}, true);
