/* The page of one run: the track on a canvas, its seconds linked with the chart, more of them the nearer one looks.
   Stands between Leaflet and desk/js/map.js, so that the map it prepares is the one drawn there. The readings come from
   data-track of the map's section: {t0 ms, t [s after t0], lon, lat [1e-5 degrees, each from the one before],
   step [1-5], wind [[lon, lat, from degrees, m/s], ...], v [value or null], cuts [where a stretch begins], unit, beijing [hh:mm:ss at t0 in seconds of the day]}. */
(function () {
  "use strict";

  var DETAIL_FROM_ZOOM = 13; /* farther out the page's own simplified track is as fine as the screen */
  var LEAST_PIXELS = 2;
  var REACH_PIXELS = 40;
  var ARROW_ROOM = 52; /* pixels between two arrows of the wind */

  L.Map.mergeOptions({ preferCanvas: true });
  L.Map.addInitHook(function () {
    var section = this.getContainer().closest("[data-track]");
    if (!section) {
      return;
    }
    var map = this;
    fetch(section.getAttribute("data-track"), { credentials: "same-origin" })
      .then(function (answer) {
        return answer.ok ? answer.json() : null;
      })
      .then(function (told) {
        if (told && told.t.length) {
          begin(map, section, unfold(told));
        }
      })
      .catch(function () {}); /* the simplified track stays */
  });

  function unfold(told) {
    [told.lon, told.lat].forEach(function (column) {
      for (var i = 1; i < column.length; i++) {
        column[i] += column[i - 1];
      }
      for (var k = 0; k < column.length; k++) {
        column[k] /= 1e5;
      }
    });
    return told;
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function clock(told, i) {
    var s = Math.round(told.beijing + told.t[i]) % 86400;
    return [s / 3600, (s / 60) % 60, s % 60]
      .map(function (part) {
        return String(Math.floor(part)).padStart(2, "0");
      })
      .join(":");
  }

  /* Of the readings in view, those that are two pixels apart on the screen; of closer ones the highest class. */
  function visible(map, told) {
    var view = map.getBounds().pad(0.1);
    var stretches = [];
    var stretch = null;
    var cut = 0;
    var last = null;
    for (var i = 0; i < told.t.length; i++) {
      if (told.cuts[cut] === i) {
        stretch = null;
        cut++;
      }
      if (!view.contains([told.lat[i], told.lon[i]])) {
        stretch = null;
        continue;
      }
      var at = map.latLngToLayerPoint([told.lat[i], told.lon[i]]);
      if (stretch && Math.abs(at.x - last.x) + Math.abs(at.y - last.y) < LEAST_PIXELS) {
        stretch[stretch.length - 1].step = Math.max(stretch[stretch.length - 1].step, told.step[i]);
        continue;
      }
      if (!stretch) {
        stretch = [];
        stretches.push(stretch);
      }
      stretch.push({ at: [told.lat[i], told.lon[i]], step: told.step[i] });
      last = at;
    }
    return stretches;
  }

  function draw(map, told, layer) {
    layer.clearLayers();
    if (map.getZoom() < DETAIL_FROM_ZOOM) {
      return;
    }
    visible(map, told).forEach(function (stretch) {
      var piece = [stretch[0].at];
      for (var i = 1; i < stretch.length; i++) {
        piece.push(stretch[i].at);
        if (stretch[i].step !== stretch[i - 1].step || i === stretch.length - 1) {
          L.polyline(piece, { color: colour("--scale-" + stretch[i - 1].step), weight: 4, interactive: false }).addTo(layer);
          piece = [stretch[i].at];
        }
      }
    });
  }

  /* The reading nearest to a moment: times rise. */
  function indexAt(told, seconds) {
    var low = 0;
    var high = told.t.length - 1;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (told.t[middle] < seconds) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && seconds - told.t[low - 1] < told.t[low] - seconds ? low - 1 : low;
  }

  /* An arrow where the wind goes, at its middle. */
  function arrowOf(one) {
    var arrow = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    arrow.setAttribute("viewBox", "0 0 20 20");
    arrow.setAttribute("width", "20");
    arrow.setAttribute("height", "20");
    var line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", "M10 18V3M5.5 7.5L10 2.5L14.5 7.5");
    line.setAttribute("fill", "none");
    line.setAttribute("stroke", "currentColor");
    line.setAttribute("stroke-width", "1.6");
    line.setAttribute("transform", "rotate(" + ((one[2] + 180) % 360) + " 10 10)");
    arrow.appendChild(line);
    return L.marker([one[1], one[0]], {
      icon: L.divIcon({ className: "wind-arrow", html: arrow.outerHTML, iconSize: [20, 20], iconAnchor: [10, 10] }),
      keyboard: false,
      interactive: false,
    });
  }

  /* As many arrows as have room: from far off they would hide the track's colours. */
  function blow(map, told) {
    var group = L.layerGroup().addTo(map);
    function draw() {
      group.clearLayers();
      var kept = [];
      (told.wind || []).forEach(function (one) {
        var at = map.project([one[1], one[0]]);
        var free = kept.every(function (other) {
          return at.distanceTo(other) >= ARROW_ROOM;
        });
        if (free) {
          kept.push(at);
          group.addLayer(arrowOf(one));
        }
      });
    }
    map.on("zoomend", draw);
    draw();
    return (told.wind || []).length;
  }

  function begin(map, section, told) {
    var layer = L.layerGroup().addTo(map);
    section.setAttribute("data-wind", String(blow(map, told)));
    var place = L.circleMarker([told.lat[0], told.lon[0]], { radius: 8, color: colour("--ink-1") || "#123", weight: 3, fillOpacity: 0, interactive: false });
    var charts = Array.prototype.slice.call(document.querySelectorAll("svg.plot[data-first]"));
    var cursors = charts.map(cursorOf);
    var said = document.getElementById("second");

    function show(i, move) {
      place.setLatLng([told.lat[i], told.lon[i]]);
      place.addTo(map).bringToFront();
      if (move && !map.getBounds().contains(place.getLatLng())) {
        map.panTo(place.getLatLng());
      }
      cursors.forEach(function (cursor, n) {
        var facts = charts[n].dataset;
        var share = (told.t0 + told.t[i] * 1000 - facts.first) / Math.max(1, facts.last - facts.first);
        var x = Number(facts.left) + share * (facts.right - facts.left);
        cursor.setAttribute("x1", x);
        cursor.setAttribute("x2", x);
        cursor.removeAttribute("visibility");
      });
      if (said) {
        said.textContent = clock(told, i) + "  " + (told.v[i] === null ? "—" : told.v[i] + " " + told.unit);
      }
    }

    charts.forEach(function (chart) {
      function follow(event) {
        var box = chart.getBoundingClientRect();
        var x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
        var facts = chart.dataset;
        var share = Math.min(1, Math.max(0, (x - facts.left) / (facts.right - facts.left)));
        show(indexAt(told, (Number(facts.first) + share * (facts.last - facts.first) - told.t0) / 1000), event.type !== "pointermove");
      }
      chart.addEventListener("pointermove", follow);
      chart.addEventListener("pointerdown", follow);
    });

    function nearest(event) {
      var best = -1;
      var least = REACH_PIXELS * REACH_PIXELS;
      var here = map.getBounds();
      for (var i = 0; i < told.t.length; i++) {
        if (here.contains([told.lat[i], told.lon[i]])) {
          var at = map.latLngToLayerPoint([told.lat[i], told.lon[i]]);
          var away = Math.pow(at.x - event.layerPoint.x, 2) + Math.pow(at.y - event.layerPoint.y, 2);
          if (away < least) {
            least = away;
            best = i;
          }
        }
      }
      if (best >= 0) {
        show(best, false);
      }
    }
    var pending = null;
    map.on("click", nearest);
    map.on("mousemove", function (event) {
      if (!pending) {
        requestAnimationFrame(function () {
          nearest(pending);
          pending = null;
        });
      }
      pending = event;
    });
    map.on("moveend", function () {
      draw(map, told, layer);
    });
    draw(map, told, layer);
    section.setAttribute("data-linked", String(told.t.length));
  }

  function cursorOf(chart) {
    var line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    line.setAttribute("class", "plot-cursor");
    line.setAttribute("stroke", "currentColor");
    line.setAttribute("stroke-width", "1");
    line.setAttribute("y1", "10");
    line.setAttribute("y2", String(chart.viewBox.baseVal.height - 22));
    line.setAttribute("visibility", "hidden");
    line.setAttribute("pointer-events", "none");
    chart.appendChild(line);
    return line;
  }
})();
