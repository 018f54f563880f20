/* The little the pages do by themselves. Everything here is an extra: without it, reading and the forms still work. */
(function () {
  "use strict";

  var root = document.documentElement;
  var phone = window.matchMedia("(max-width: 767px)");

  /* Theme */

  function darkNow() {
    var chosen = root.getAttribute("data-theme");
    return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function setUpTheme(button) {
    var use = button.querySelector("use");
    function show() {
      var sprite = use.getAttribute("href").split("#")[0];
      use.setAttribute("href", sprite + (darkNow() ? "#sun" : "#moon"));
      button.setAttribute("aria-pressed", String(darkNow()));
    }
    button.hidden = false;
    show();
    button.addEventListener("click", function () {
      var next = darkNow() ? "light" : "dark";
      root.setAttribute("data-theme", next);
      /* A cookie, so that the next page comes in it from the server and waits for no script. */
      document.cookie = "theme=" + next + "; path=/; max-age=31536000; samesite=lax";
      show();
    });
  }

  /* Menus close on a click elsewhere and on Escape */

  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (menu !== except) {
        menu.open = false;
      }
    });
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details[data-menu]"));
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") {
      return;
    }
    var menu = document.querySelector("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  /* Dialogs: the link's own address is the page that serves without script */

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]");
    if (opener) {
      var dialog = document.getElementById(opener.getAttribute("data-dialog"));
      if (dialog && dialog.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
    }
    if (event.target.closest("[data-dialog-close]")) {
      event.target.closest("dialog").close();
    }
    if (event.target.closest("[data-print]")) {
      window.print();
    }
  });

  /* A form is sent once, however often the button is pressed */

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("[data-once]")) {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  /* Filters: a changed word filters at once; empty words stay out of the address */

  function withoutEmpty(form) {
    form.querySelectorAll("input, select").forEach(function (field) {
      field.disabled = field.disabled || (field.name && !field.value);
    });
  }

  function setUpFilters(form) {
    form.addEventListener("change", function (event) {
      if (event.target.matches("select, input[type=date], input[type=checkbox], input[type=radio]")) {
        form.requestSubmit ? form.requestSubmit() : form.submit();
      }
    });
    form.addEventListener("submit", function () {
      withoutEmpty(form);
    });
  }

  /* Bulk selection */

  function setUpBulk(form) {
    var bar = form.querySelector(".bulk-bar");
    if (!bar) {
      return;
    }
    function show() {
      var ticked = form.querySelectorAll("input[name=selected]:checked").length;
      bar.hidden = ticked === 0;
      bar.querySelectorAll("[data-bulk-count]").forEach(function (place) {
        place.textContent = String(ticked);
      });
    }
    form.addEventListener("change", function (event) {
      if (event.target.matches("[data-bulk-all]")) {
        form.querySelectorAll("input[name=selected]").forEach(function (box) {
          box.checked = event.target.checked;
        });
      }
      show();
    });
    show();
  }

  /* Thumbnails of chosen pictures */

  function setUpPreviews(input) {
    var list = document.createElement("ul");
    list.className = "previews";
    input.insertAdjacentElement("afterend", list);
    input.addEventListener("change", function () {
      list.replaceChildren();
      Array.prototype.slice.call(input.files, 0, 20).forEach(function (file) {
        var item = document.createElement("li");
        if (file.type.indexOf("image/") === 0) {
          var picture = document.createElement("img");
          picture.alt = "";
          picture.src = URL.createObjectURL(file);
          picture.addEventListener("load", function () {
            URL.revokeObjectURL(picture.src);
          });
          item.appendChild(picture);
        }
        var size = file.size < 104858 ? Math.ceil(file.size / 1024) + "\u00a0KB" : (file.size / 1048576).toFixed(1) + "\u00a0MB";
        item.appendChild(document.createTextNode(file.name + " " + size));
        list.appendChild(item);
      });
    });
  }

  function setUp(part) {
    part.querySelectorAll("[data-theme-toggle]").forEach(setUpTheme);
    part.querySelectorAll("[data-autosubmit]").forEach(setUpFilters);
    part.querySelectorAll("[data-bulk]").forEach(setUpBulk);
    part.querySelectorAll("input[type=file]").forEach(setUpPreviews);
    if (phone.matches) {
      part.querySelectorAll("[data-collapse-on-phone]").forEach(function (block) {
        block.open = false;
      });
    }
    var first = part.querySelector("[data-focus]");
    if (first) {
      first.focus();
    }
  }

  setUp(document);
  document.addEventListener("htmx:load", function (event) {
    if (event.detail.elt !== document.body) {
      setUp(event.detail.elt);
    }
  });

  /* A file that was waited for on this page comes by itself; the link beside it stays */
  document.addEventListener("htmx:load", function (event) {
    var made = event.detail.elt.closest("[data-download]") || event.detail.elt.querySelector("[data-download]");
    if (made) {
      window.location.assign(made.getAttribute("data-download"));
      made.removeAttribute("data-download");
    }
  });

  /* A refused or lost request is said in words instead of nothing happening */
  document.addEventListener("htmx:sendError", function () {
    var place = document.getElementById("live");
    place.textContent = place.getAttribute("data-offline");
    place.className = "notice notice--late offline";
  });

  /* On paper the tables behind charts and maps are open */
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.slice.call(document.querySelectorAll("details.twin:not([open])"));
    opened.forEach(function (block) {
      block.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (block) {
      block.open = false;
    });
  });
})();
