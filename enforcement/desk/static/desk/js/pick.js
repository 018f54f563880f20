/* A place chosen on a map by a tap: writes the form's longitude and latitude (WGS-84), and marks what stands there.
   Without it the two are typed. `data-pick` names the element that says what was chosen. */
(function () {
  "use strict";

  var CLOSE = 14;

  /* Whether a point lies within a ring of [lon, lat]: how often a line from it crosses the ring. */
  function within(ring, lon, lat) {
    var inside = false;
    for (var i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      var crosses = ring[i][1] > lat !== ring[j][1] > lat;
      if (crosses && lon < ((ring[j][0] - ring[i][0]) * (lat - ring[i][1])) / (ring[j][1] - ring[i][1]) + ring[i][0]) {
        inside = !inside;
      }
    }
    return inside;
  }

  /* The name of the county a point lies in, as the map's own outlines have it; the server places it by the exact ones. */
  function areaAt(areas, lon, lat) {
    var found = areas.filter(function (area) {
      var shape = area.geometry;
      return (shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates).some(function (rings) {
        return within(rings[0], lon, lat);
      });
    })[0];
    return found && (document.documentElement.lang === "en" ? found.properties.english : found.properties.name);
  }

  function pick(element) {
    var form = element.closest("form");
    var words = document.getElementById(element.getAttribute("data-pick"));
    var map = null;
    var areas = [];
    var marker = null;

    function field(name) {
      return form.querySelector("[name='" + name + "']");
    }

    function typed() {
      var lon = parseFloat(field("lon").value);
      var lat = parseFloat(field("lat").value);
      return field("system").value === "wgs84" && Math.abs(lon) <= 180 && Math.abs(lat) <= 85 ? L.latLng(lat, lon) : null;
    }

    function mark(at) {
      if (!marker) {
        marker = L.marker(at, {
          icon: L.divIcon({ className: "picked", html: "", iconSize: [26, 26] }),
          draggable: true,
          keyboard: false,
          zIndexOffset: 1000,
        }).addTo(map);
        marker.on("dragend", function () {
          take(marker.getLatLng());
        });
      }
      marker.setLatLng(at);
    }

    function take(at, name) {
      field("lon").value = at.lng.toFixed(6);
      field("lat").value = at.lat.toFixed(6);
      field("system").value = "wgs84";
      if (name) {
        field("site").value = name;
        var known = form.querySelector("[name='fate'][value='known']");
        if (known) {
          known.checked = true;
        }
      }
      form.dispatchEvent(new Event("change", { bubbles: true }));
      words.textContent = element
        .getAttribute(name ? "data-named" : "data-chosen")
        .replace("{lon}", field("lon").value)
        .replace("{lat}", field("lat").value)
        .replace("{name}", name || "")
        .replace("{area}", areaAt(areas, at.lng, at.lat) || element.getAttribute("data-outside"));
    }

    element.addEventListener("map:lost", function () {
      words.textContent = element.getAttribute("data-lost");
    });
    element.addEventListener("map:point", function (event) {
      var point = event.detail;
      mark(L.latLng(point.lat, point.lon));
      take(L.latLng(point.lat, point.lon), point.label);
    });
    element.addEventListener("map:ready", function (event) {
      map = event.detail.map;
      areas = event.detail.areas;
      var there = typed();
      if (there) {
        mark(there);
        map.setView(there, CLOSE);
      }
      map.on("click", function (tap) {
        mark(tap.latlng);
        take(tap.latlng);
        if (map.getZoom() < CLOSE) {
          map.setView(tap.latlng, Math.min(CLOSE, Math.max(CLOSE - 4, map.getZoom() + 2)));
        }
      });
      form.querySelectorAll("[data-pick-centre]").forEach(function (button) {
        button.hidden = false;
        button.addEventListener("click", function () {
          mark(map.getCenter());
          take(map.getCenter());
        });
      });
    });
    form.addEventListener("change", function () {
      var there = map && typed();
      if (there && !(marker && marker.getLatLng().distanceTo(there) < 1)) {
        mark(there);
        map.panTo(there);
      }
    });
    element.closest("details").hidden = false;
  }

  document.querySelectorAll("[data-pick]").forEach(pick);
})();
