// What every page needs.
import "./boost.js";
import "./forms.js";
import "./overlays.js";
import "./tabs.js";
import "./time.js";
import "./theme.js";
import "./live.js";
