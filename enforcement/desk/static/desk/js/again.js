/* The filing form gone back to by the browser's Back may have been filed: what is typed into it from then on belongs to
   another finding, so it gets a birth of its own (`opened`). Not before a word is typed: a save that still waited when the
   page was left must not bring back what was filed. */
(function () {
  "use strict";

  function anew(form) {
    form.addEventListener(
      "input",
      function () {
        form.elements.opened.value = String(Date.now());
      },
      { once: true, capture: true }
    );
  }

  window.addEventListener("pageshow", function (event) {
    var way = window.performance.getEntriesByType("navigation")[0];
    if (event.persisted || (way && way.type === "back_forward")) {
      Array.from(document.forms)
        .filter(function (form) {
          return form.elements.opened;
        })
        .forEach(anew);
    }
  });
})();
