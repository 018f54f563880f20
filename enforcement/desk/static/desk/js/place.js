/* Filing a finding, checking in at a gate: fills in the device's position and clock. Without it both are typed, or left out. */
(function () {
  "use strict";

  function find(form, name) {
    return form.querySelector("[name='" + name + "']");
  }

  function locate(button) {
    var form = button.form;
    var words = document.getElementById(button.getAttribute("data-locate"));
    words.textContent = button.getAttribute("data-searching");
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      function (found) {
        find(form, "lon").value = found.coords.longitude.toFixed(6);
        find(form, "lat").value = found.coords.latitude.toFixed(6);
        var system = find(form, "system");
        if (system) {
          system.value = "wgs84";
        }
        form.dispatchEvent(new Event("change", { bubbles: true }));
        words.textContent = button.getAttribute("data-found").replace("{m}", Math.round(found.coords.accuracy));
        button.disabled = false;
      },
      function () {
        words.textContent = button.getAttribute("data-failed");
        button.disabled = false;
      },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 30000 }
    );
  }

  document.querySelectorAll("[data-locate]").forEach(function (button) {
    if (navigator.geolocation && window.isSecureContext) {
      button.hidden = false;
      button.addEventListener("click", function () {
        locate(button);
      });
    }
  });

  document.querySelectorAll("[data-device-time]").forEach(function (field) {
    field.form.addEventListener("submit", function () {
      field.value = new Date().toISOString();
    });
  });
})();
