/* Sets the remembered theme before the first paint. Loaded without defer on purpose. */
(function () {
  "use strict";
  try {
    var chosen = window.localStorage.getItem("theme");
    if (chosen === "dark" || chosen === "light") {
      document.documentElement.setAttribute("data-theme", chosen);
    }
  } catch (error) {
    /* A browser that forbids storage follows the system's theme. */
  }
})();
