// One stream of events per browser: the tab that holds the lock listens and tells the others.
import { outdated, refresh } from "./boost.js";
import { isDirty } from "./forms.js";
import { calmly } from "./page.js";

const stream = document.body.dataset.stream;
const pill = () => document.getElementById("live-pill");
let stale = false;

const touches = (kind) => {
  // Everything may be another then.
  if (kind === "workspace.restored") return true;
  const prefixes = document.getElementById("main")?.dataset.live ?? "";
  return prefixes.split(" ").some((prefix) => prefix && (prefix === "*" || kind.startsWith(prefix)));
};

// What is shown only once must not be refreshed away.
const busy = () => isDirty() || document.querySelector(".is-dragging, :popover-open, [data-once]");

const update = calmly(80, () => {
  if (document.hidden) stale = true;
  else if (busy()) pill()?.removeAttribute("hidden");
  else {
    pill()?.setAttribute("hidden", "");
    refresh();
  }
});

// While the news was fetched, the reader may have gone on, begun to type, or been shown what is shown only once.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (!ctx.live || !(outdated(ctx) || (!ctx.asked && busy()))) return;
  event.preventDefault();
  update();
});

const hear = ({ kind }) => {
  if (kind && touches(kind)) update();
};

const follow = () => {
  const channel = new BroadcastChannel(`live:${stream}`);
  channel.onmessage = ({ data }) => hear(data);
  const listen = () => new Promise(() => {
    let last = "";
    let pause = 1000;
    const open = () => {
      const url = last ? `${stream}?after=${encodeURIComponent(last)}` : stream;
      const source = new EventSource(url);
      source.onopen = () => { pause = 1000; };
      source.onmessage = (event) => {
        last = event.lastEventId || last;
        let news;
        try { news = JSON.parse(event.data); } catch { return; }
        channel.postMessage(news);
        hear(news);
      };
      source.onerror = () => {
        if (source.readyState !== EventSource.CLOSED) return;
        setTimeout(open, pause * (0.75 + Math.random() / 2));
        pause = Math.min(pause * 2, 60000);
      };
    };
    open();
  });
  if (navigator.locks) navigator.locks.request(`live:${stream}`, listen);
  else listen();
};

if (stream && "EventSource" in window) follow();

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !stale) return;
  stale = false;
  update();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#live-pill")) return;
  pill().setAttribute("hidden", "");
  refresh(true);
});
