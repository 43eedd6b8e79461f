// Links and forms fetch whole pages; only #main and the parts around it are morphed in.
import htmx from "htmx.org";
import { csrf, toast, words } from "./page.js";

const enhancers = [];

/** Runs now and after every swap. */
export const enhance = (run) => {
  enhancers.push(run);
  run();
};

const path = (url) => new URL(url, location.href).pathname;

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const { request, sourceElement } = ctx;
  if (request.method === "GET") {
    if (!(request.body instanceof FormData)) return;
    for (const key of new Set(request.body.keys())) {
      const values = request.body.getAll(key).filter((value) => value !== "");
      request.body.delete(key);
      values.forEach((value) => request.body.append(key, value));
    }
    if (sourceElement.matches?.("[data-autosubmit]")) {
      request.action = request.action.split("?")[0];
      ctx.push = "false";
      ctx.replace = "true";
    }
  } else {
    request.headers["X-CSRF-Token"] = csrf();
  }
});

// A file or another site's page cannot be morphed in.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const type = ctx.response.headers.get("content-type") ?? "";
  if (ctx.response.status === 204 || type.startsWith("text/html")) return;
  event.preventDefault();
  if (ctx.live) return;
  if (ctx.request.method === "GET") location.assign(ctx.request.action);
  else toast(words().failed, "red");
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const raw = ctx.response?.raw;
  const here = document.body.dataset;
  const layout = ctx.text.match(/data-layout="(\w+)"/)?.[1];
  const build = ctx.text.match(/data-build="(\w+)"/)?.[1];
  const other = layout !== here.layout || (build && build !== here.build);
  if (raw && other && ctx.response.status < 400) {
    event.preventDefault();
    location.assign(raw.url);
    return;
  }
  if (!ctx.text.includes('id="main"')) {
    event.preventDefault();
    if (!ctx.live) toast(words().failed, "red");
    return;
  }
  ctx.moved = Boolean(raw?.url) && path(raw.url) !== location.pathname;
  const main = tasks.find((task) => task.type === "main");
  if (main && ctx.moved) main.swapSpec.style = "outerHTML";
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const posted = ctx.request && ctx.request.method !== "GET";
  const form = ctx.submitted ?? (ctx.sourceElement instanceof HTMLFormElement ? ctx.sourceElement : null);
  if (posted && ctx.response.status < 400 && form?.isConnected) form.reset();
  enhancers.forEach((run) => run());
  const main = document.getElementById("main");
  if (ctx.moved) {
    if (!ctx.request?.anchor) scrollTo(0, 0);
    if (![...main.querySelectorAll("[autofocus]")].some((field) => field.checkVisibility())) main.focus({ preventScroll: true });
  }
  const errors = main.querySelector("[data-errors]");
  if (posted && errors) {
    (main.querySelector("[aria-invalid]") ?? errors).focus?.();
    errors.scrollIntoView({ block: "nearest" });
  }
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx && !ctx.live) toast(words().offline, "red");
});

// What the reader has opened stays open; what an action has finished closes.
let live = false;
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => { live = Boolean(ctx.live); });
htmx.registerExtension("keep-open", {
  htmx_before_morph_attr(element, { attrName, newValue }) {
    if (attrName !== "open") return true;
    if (element instanceof HTMLDetailsElement) return false;
    if (!(element instanceof HTMLDialogElement) || !element.matches(":modal")) return true;
    if (newValue === null && !live) element.close();
    return false;
  },
});

/** Puts an answer that was fetched by hand into the page. */
export const show = (text, { url, status, source, method = "POST" }) =>
  htmx.swap({
    text,
    target: document.getElementById("main"),
    select: "#main",
    swap: "outerMorph show:none",
    selectOOB: "#nav:outerMorph,#topbar:outerMorph,#bottom-bar:outerMorph,#toasts:beforeend",
    sourceElement: document.body,
    submitted: source,
    replace: status < 400 ? "true" : null,
    request: { method, action: url },
    response: { status, raw: { url, headers: new Headers() }, headers: new Headers() },
  });

// How often the page was exchanged by what the reader did.
let turns = 0;
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => { if (!ctx.live) turns++; });

/** Whether the page has become another one since a refresh was asked for. */
export const outdated = (ctx) => ctx.turns !== turns;

/** Fetches the page again and morphs what changed; `asked` by the reader, or by news. */
export const refresh = (asked = false) =>
  htmx.ajax("GET", location.pathname + location.search, {
    target: "#main",
    select: "#main",
    swap: "outerMorph show:none",
    push: "false",
    live: true,
    asked,
    turns,
    headers: { "X-Live": "1" },
  });
