// Small words shared by the modules: the page's texts, toasts, announcements.
export const words = () => document.getElementById("words")?.dataset ?? {};
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const csrf = () => document.body.dataset.csrf ?? "";

/** Calls `run` once the calls have stopped for a while. */
export const calmly = (wait, run) => {
  let waiting;
  return (...given) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => run(...given), wait);
  };
};

/** Listens for an event on anything that matches, now or later. */
export const on = (event, selector, run, options) =>
  document.addEventListener(event, (e) => {
    const found = e.target instanceof Element ? e.target.closest(selector) : null;
    if (found) run(e, found);
  }, options);

export const announce = (text) => {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
};

export const toast = (text, tone = "neutral") => {
  const template = document.getElementById("toast-template");
  const place = document.getElementById("toasts");
  if (!template || !place) return;
  const element = template.content.firstElementChild.cloneNode(true);
  element.classList.add(`toast-${tone}`);
  element.querySelector("p").textContent = text;
  place.append(element);
};
