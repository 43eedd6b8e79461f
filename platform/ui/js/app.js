// The team's pages: all of the portal's, and the tools of daily work.
import "./sidebar.js";
import "./portal.js";
import "./combobox.js";
import "./board.js";
import "./palette.js";
import "./keys.js";
