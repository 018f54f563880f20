/* Keys: j and k (or the arrows) move along the rows, x ticks, / searches, g and a letter go, ? shows them all.
   Nothing needs them. They rest while one types, while a dialog or a menu is open, with Ctrl, Alt or Meta, and wholly
   once somebody turned them off in the help (the arrows and Enter stay): single letters may be spoken by a voice program. */
(function () {
  "use strict";

  var help = document.getElementById("keys");
  var FIELDS = "input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]";
  var HOLDS = "data-off";
  /* How long a "g" waits for its letter, milliseconds. */
  var PATIENCE = 1500;
  var going = 0;

  function remembered() {
    try {
      return window.localStorage.getItem("keys") !== "off";
    } catch (error) {
      return true;
    }
  }

  function remember(on) {
    try {
      window.localStorage.setItem("keys", on ? "on" : "off");
    } catch (error) {
      /* Not remembered: they stay as they are on this page. */
    }
    help.toggleAttribute(HOLDS, !on);
  }

  function resting(event) {
    return (
      event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey ||
      event.target.closest(FIELDS) || document.querySelector("dialog[open], details[data-menu][open]")
    );
  }

  /* The rows of all lists of the page, in their order */

  function links() {
    return Array.prototype.filter.call(document.querySelectorAll("[data-keys] .row__link"), function (link) {
      return link.offsetParent !== null;
    });
  }

  /* The row one stands in: its link, whatever of it has the focus */
  function here() {
    var row = document.activeElement.closest("[data-keys] tbody tr, [data-keys] > li");
    return row ? row.querySelector(".row__link") : null;
  }

  function move(step) {
    var all = links();
    var next = all[all.indexOf(here()) + step];
    if (next) {
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
    return Boolean(next);
  }

  function tick() {
    var link = here();
    var box = link && link.closest("tr") && link.closest("tr").querySelector("input[type=checkbox]");
    if (box) {
      box.click();
    }
    return Boolean(box);
  }

  function search() {
    var field = document.querySelector("main [name=q]");
    if (field) {
      field.focus();
      field.select();
      return true;
    }
    return follow("/");
  }

  function follow(key) {
    var link = help.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (link) {
      window.location.assign(link.href);
    }
    return Boolean(link);
  }

  function go(key) {
    going = 0;
    return /^[a-z]$/.test(key) && follow(key);
  }

  function show() {
    help.showModal();
    return true;
  }

  var LETTERS = {
    j: function () { return move(1); },
    k: function () { return move(-1); },
    x: tick,
    "/": search,
    "?": show,
    "？": show,
    g: function () {
      going = Date.now();
      return true;
    },
  };

  /* The arrows belong to the page unless one stands in a list, or nowhere yet */
  function arrows(key) {
    var nowhere = document.activeElement === document.body || document.activeElement.id === "main";
    return (nowhere || here()) && move(key === "ArrowDown" ? 1 : -1);
  }

  document.addEventListener("keydown", function (event) {
    if (resting(event)) {
      going = 0;
      return;
    }
    var done = false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      done = arrows(event.key);
    } else if (help && !help.hasAttribute(HOLDS)) {
      var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (going && Date.now() - going < PATIENCE) {
        done = go(key);
      } else {
        done = Object.prototype.hasOwnProperty.call(LETTERS, key) && LETTERS[key]();
      }
    }
    if (done) {
      event.preventDefault();
    }
  });

  if (help) {
    var choice = help.querySelector("[data-keys-on]");
    choice.checked = remembered();
    remember(choice.checked);
    choice.addEventListener("change", function () {
      remember(choice.checked);
    });
    /* Who turned the letters off, or has none to press, finds the help in their own menu. */
    document.querySelectorAll("[data-keys-help]").forEach(function (button) {
      button.hidden = false;
    });
  }
})();
