/* Uploads: how far, and a way to stop. Without it, and without files chosen, the form is sent as any other. */
(function () {
  "use strict";

  function chosen(form) {
    var input = form.querySelector("input[type=file]");
    return input && input.files.length ? input : null;
  }

  function line(form) {
    var box = document.createElement("p");
    var bar = document.createElement("progress");
    var words = document.createElement("span");
    var stop = document.createElement("button");
    box.className = "sending";
    box.setAttribute("role", "status");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", form.getAttribute("data-progress"));
    stop.type = "button";
    stop.className = "button button--small";
    stop.textContent = form.getAttribute("data-cancel");
    box.append(bar, words, stop);
    form.append(box);
    box.scrollIntoView({ block: "nearest" });
    return { box: box, bar: bar, words: words, stop: stop };
  }

  /* The answer takes the page's place, as it would have without us; files of a refused form stay chosen. */
  function show(request, files) {
    window.history.replaceState(null, "", request.responseURL);
    document.open();
    document.write(request.responseText);
    document.close();
    if (request.status >= 400) {
      document.addEventListener("DOMContentLoaded", function () {
        var input = document.querySelector("form[data-progress] input[type=file]");
        if (input) {
          input.files = files;
          input.dispatchEvent(new Event("change", { bubbles: true }));
        }
      });
    }
  }

  function send(form, button, input) {
    var body = new FormData(form);
    if (button && button.name) {
      body.append(button.name, button.value);
    }
    var seen = line(form);
    var request = new XMLHttpRequest();
    function over(words) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
      seen.bar.remove();
      seen.stop.remove();
      seen.words.textContent = words;
    }
    request.upload.addEventListener("progress", function (event) {
      var share = event.lengthComputable ? Math.floor((100 * event.loaded) / event.total) : 0;
      seen.bar.value = share;
      seen.words.textContent = form.getAttribute("data-progress") + " " + share + "%";
    });
    request.addEventListener("load", function () {
      show(request, input.files);
    });
    request.addEventListener("error", function () {
      over(form.getAttribute("data-lost"));
    });
    request.addEventListener("abort", function () {
      seen.box.remove();
      over("");
    });
    seen.stop.addEventListener("click", function () {
      request.abort();
    });
    request.open("POST", (button && button.getAttribute("formaction")) || form.action);
    request.send(body);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("form[data-progress]") || event.defaultPrevented) {
      return;
    }
    var waiting = form.querySelector("[hx-sync]");
    if (waiting && window.htmx) {
      window.htmx.trigger(waiting, "htmx:abort"); /* What is filed now needn't be kept any more. */
    }
    var input = chosen(form);
    var button = event.submitter;
    if (!input || (button && button.hasAttribute("formaction"))) {
      return;
    }
    event.preventDefault();
    send(form, button, input);
  });
})();
