/* Drawing a planned route: points clicked on the map become lines of "lon,lat" in the form's own field, and what is typed or
   pasted there is drawn. Stands between Leaflet and desk/js/map.js, so that the map it prepares is the one drawn there; without
   it, or without script, the field and the file are there. The section's data-board names the field. */
(function () {
  "use strict";

  /* As many as anybody clicks; longer lines come as a file. */
  var MOST = 500;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function pointsOf(field) {
    return field.value
      .split("\n")
      .map(function (row) {
        return row.trim().split(/[\s,，]+/).map(Number);
      })
      .filter(function (pair) {
        return pair.length >= 2 && isFinite(pair[0]) && isFinite(pair[1]) && Math.abs(pair[1]) <= 85;
      });
  }

  function Board(map, section) {
    this.map = map;
    this.words = section.dataset;
    this.field = document.querySelector("[name='" + section.dataset.board + "']");
    this.system = this.field.form.querySelector("[name='coordinate_system']");
    this.told = section.querySelector("[data-told]");
    this.drawn = L.layerGroup().addTo(map);
    map.on("click", function (event) {
      this.add(event.latlng);
    }, this);
    this.on(section, "[data-middle]", function () {
      this.add(map.getCenter());
    });
    this.on(section, "[data-undo]", function () {
      this.write(pointsOf(this.field).slice(0, -1));
    });
    this.on(section, "[data-clear]", function () {
      this.write([]);
    });
    this.field.addEventListener("input", this.draw.bind(this));
    this.system.addEventListener("change", this.draw.bind(this));
    this.draw();
  }

  Board.prototype.on = function (section, selector, act) {
    section.querySelector(selector).addEventListener("click", act.bind(this));
  };

  /* What is clicked is WGS-84, whatever the typed points were. */
  Board.prototype.add = function (at) {
    var points = pointsOf(this.field);
    if (this.system.value !== "wgs84" && points.length) {
      this.told.textContent = this.words.other;
      return;
    }
    if (points.length >= MOST) {
      this.told.textContent = this.words.full;
      return;
    }
    this.system.value = "wgs84";
    this.write(points.concat([[at.lng, at.lat]]));
  };

  Board.prototype.write = function (points) {
    this.field.value = points
      .map(function (pair) {
        return pair[0].toFixed(6) + "," + pair[1].toFixed(6);
      })
      .join("\n");
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.draw();
  };

  Board.prototype.draw = function () {
    var drawn = this.drawn.clearLayers();
    /* Points in another system would be drawn hundreds of metres aside. */
    var points = this.system.value === "wgs84" ? pointsOf(this.field) : [];
    var line = points.map(function (pair) {
      return L.latLng(pair[1], pair[0]);
    });
    var metres = 0;
    line.forEach(function (at, number) {
      metres += number ? at.distanceTo(line[number - 1]) : 0;
      L.circleMarker(at, { radius: number ? 4 : 7, color: colour("--ink"), weight: 2, fillColor: colour("--surface"), fillOpacity: 1, interactive: false }).addTo(drawn);
    });
    if (line.length > 1) {
      L.polyline(line, { color: colour("--ink"), weight: 3, dashArray: "6 5", interactive: false }).addTo(drawn);
    }
    this.told.textContent = this.words.length.replace("{points}", line.length).replace("{km}", (metres / 1000).toFixed(2));
  };

  L.Map.addInitHook(function () {
    var section = this.getContainer().closest("[data-board]");
    if (section) {
      this.on("load", function () {
        this.board = this.board || new Board(this, section);
      });
    }
  });

  /* A map in a hidden section has no size. */
  document.querySelectorAll("[data-board]").forEach(function (section) {
    section.hidden = false;
  });
})();
