import "./portal.js";
