// Forms: unsaved work is guarded, filters send themselves, files show their progress.
import { enhance, show } from "./boost.js";
import { all, calmly, csrf, on, toast, words } from "./page.js";

let dirty = new WeakSet();

/** Is there typed text in #main that a swap would lose? */
export const isDirty = () => all("#main form[data-guard]").some((form) => dirty.has(form));

on("input", "form[data-guard]", (_, form) => dirty.add(form));
on("reset", "form[data-guard]", (_, form) => dirty.delete(form));
on("submit", "form", () => { dirty = new WeakSet(); }, true);
addEventListener("beforeunload", (event) => { if (isDirty()) event.preventDefault(); });
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (request.method !== "GET" || !sourceElement.matches?.("a") || !isDirty()) return;
  if (confirm(words().unsaved)) dirty = new WeakSet();
  else event.preventDefault();
});

// A question that a changed field raises.
const raise = () => all("form [data-when-changed]").forEach((part) => {
  const fields = all(part.dataset.whenChanged, part.closest("form"));
  part.hidden = !("open" in part.dataset) && fields.every((field) => field.value === field.defaultValue);
});
on("input", "form", raise);
on("reset", "form", () => setTimeout(raise));
enhance(raise);

const send = calmly(180, (form) => form.requestSubmit());
on("input", "form[data-autosubmit] [data-search]", (_, input) => send(input.form));
on("change", "form[data-autosubmit]", (event, form) => { if (!event.target.matches("[data-search]")) form.requestSubmit(); });
on("change", "[data-submit]", (_, control) => { if (!control.closest("[data-autosubmit]")) control.form?.requestSubmit(); });

// Durations are understood as people write them: 1:30, 1.5, 1,5h, 90m, 1h 30.
const minutes = (text) => {
  const plain = text.trim().toLowerCase().replace(",", ".");
  let found;
  if ((found = plain.match(/^(\d+):([0-5]?\d)$/))) return found[1] * 60 + Number(found[2]);
  if ((found = plain.match(/^(\d+(?:\.\d+)?)\s*m(?:in)?$/))) return Math.round(found[1]);
  if ((found = plain.match(/^(\d+)\s*h\s*(\d+)\s*m?$/))) return found[1] * 60 + Number(found[2]);
  if ((found = plain.match(/^(\d+(?:\.\d+)?)\s*h?$/))) return Math.round(found[1] * 60);
  return null;
};
on("change", "[data-duration]", (_, input) => {
  const total = minutes(input.value);
  if (total !== null) input.value = `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;
});

const size = (bytes) => new Intl.NumberFormat(document.body.dataset.locale, {
  style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: 1,
}).format(bytes / (bytes < 1e6 ? 1e3 : 1e6));

on("change", ".drop-input", (_, input) => {
  const list = input.closest(".drop").querySelector(".drop-list");
  list.replaceChildren(...[...input.files].map((file) => {
    const row = document.createElement("li");
    row.className = "drop-file";
    const name = document.createElement("span");
    name.className = "truncate";
    name.textContent = file.name;
    const weight = document.createElement("span");
    weight.className = "muted small num";
    weight.textContent = size(file.size);
    row.append(name, weight);
    return row;
  }));
  list.hidden = !input.files.length;
});
for (const [name, over] of [["dragenter", true], ["dragleave", false], ["drop", false]]) {
  on(name, ".drop", (_, zone) => zone.classList.toggle("is-over", over));
}

const progressOf = (form) => {
  const bars = all(".drop-file", form).map((row) => {
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", words().uploading);
    row.append(bar);
    return bar;
  });
  return (part) => bars.forEach((bar) => { bar.value = part; });
};

on("submit", "form[data-upload]", (event, form) => {
  const heavy = all("input[type=file]", form).some((input) => input.files.length);
  if (!heavy || form.getAttribute("aria-busy") === "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!form.reportValidity()) return;
  const progress = progressOf(form);
  form.setAttribute("aria-busy", "true");
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-CSRF-Token", csrf());
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("Accept", "text/html");
  request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
  request.onloadend = () => {
    form.removeAttribute("aria-busy");
    if (!request.status) toast(words().offline, "red");
    else show(request.responseText, { url: request.responseURL, status: request.status, source: form });
  };
  request.send(new FormData(form, event.submitter));
}, true);

on("reset", "form", (_, form) => all(".drop-list", form).forEach((list) => {
  list.replaceChildren();
  list.hidden = true;
}));

// Rows that are ticked, and the bar that acts on them.
const count = () => all("[data-bulk]").forEach((bar) => {
  const ticked = all("[data-row-check]:checked").length;
  bar.querySelector("[data-bulk-count]").textContent = ticked;
  all("[data-check-all]").forEach((box) => {
    const total = all("[data-row-check]").length;
    box.checked = ticked > 0 && ticked === total;
    box.indeterminate = ticked > 0 && ticked < total;
  });
});
on("change", "[data-check-all]", (_, box) => {
  all("[data-row-check]").forEach((row) => { row.checked = box.checked; });
  count();
});
on("change", "[data-row-check]", count);
enhance(count);
