// The sidebar folds to icons and remembers it.
import { on } from "./page.js";

const fold = (folded) => document.documentElement.classList.toggle("nav-collapsed", folded);
try { fold(localStorage.getItem("nav") === "collapsed"); } catch { fold(false); }
on("click", "[data-collapse]", () => {
  const folded = fold(!document.documentElement.classList.contains("nav-collapsed"));
  try { localStorage.setItem("nav", folded ? "collapsed" : "open"); } catch { return; }
});
