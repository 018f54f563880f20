/* The filing form: tells what the photos look like before they are sent, so that the same photo is found while one
   types. Each is made small here; the file's SHA-256 is added where the browser can count it. */
(function () {
  "use strict";

  var MOST = 6;
  var SIDE = 240;

  function hidden(box, name, value) {
    var field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    box.append(field);
  }

  function reduced(file) {
    return window.createImageBitmap(file).then(function (picture) {
      var scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/jpeg", 0.9);
    });
  }

  function digest(file) {
    if (!window.crypto || !window.crypto.subtle) {
      return Promise.resolve("");
    }
    return file
      .arrayBuffer()
      .then(function (bytes) {
        return window.crypto.subtle.digest("SHA-256", bytes);
      })
      .then(function (sum) {
        return Array.from(new Uint8Array(sum), function (byte) {
          return byte.toString(16).padStart(2, "0");
        }).join("");
      });
  }

  function look(box, file) {
    var picture = file.type.indexOf("image/") === 0 ? reduced(file) : Promise.resolve("");
    return Promise.allSettled([digest(file), picture]).then(function (found) {
      ["photo_sha256", "photo_look"].forEach(function (name, place) {
        if (found[place].value) {
          hidden(box, name, found[place].value);
        }
      });
    });
  }

  document.querySelectorAll("[data-alike]").forEach(function (hints) {
    var form = hints.closest("form");
    var input = form.querySelector("input[type=file][name=photos]");
    if (!input || !window.createImageBitmap) {
      return;
    }
    var box = document.createElement("div");
    box.hidden = true;
    form.append(box);
    input.addEventListener("change", function () {
      box.replaceChildren();
      Promise.all(
        Array.from(input.files)
          .slice(0, MOST)
          .map(function (file) {
            return look(box, file);
          })
      ).then(function () {
        hints.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
    form.addEventListener("submit", function () {
      box.replaceChildren();
    });
  });
})();
