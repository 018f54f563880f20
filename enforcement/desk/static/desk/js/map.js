/* The live map: county boundaries, names at the right zoom, clustered points, a coloured track. No tiles.
   The data of a map stands beside it as JSON:
   {boundaries: url of a GeoJSON FeatureCollection or the collection itself (properties: name, short_name, english, label),
    points: [{lon, lat, label, text, url, tone}],
    tracks: [{positions: [[lon, lat, step], ...]}]   step 0-5 is the colour class of the stretch that begins there
    sectors: [{outline: [[lon, lat], ...], label, candidates: [{lon, lat, rank, label, text}]}]   what lay upwind
    view: [[south, west], [north, east]]}            left out: everything that is drawn
   With data-map-url the data are fetched from there instead. A map within a closed <details> begins when that is opened.
   On a map with data-pick, points have no words of their own to pop up: pick.js hears of them. */
(function () {
  "use strict";

  var NAMES_FROM_ZOOM = 9;
  var CLUSTER_CELL = 56;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function stepColour(step) {
    return colour("--scale-" + Math.min(5, Math.max(1, step || 1)));
  }

  function text(tag, words, className) {
    var element = document.createElement(tag);
    element.textContent = words;
    if (className) {
      element.className = className;
    }
    return element;
  }

  function popupOf(point) {
    var box = document.createElement("div");
    var head = text(point.url ? "a" : "strong", point.label);
    if (point.url) {
      head.href = point.url;
    }
    box.appendChild(head);
    if (point.text) {
      box.appendChild(text("div", point.text));
    }
    return box;
  }

  function areaStyle() {
    return { color: colour("--line-strong"), weight: 1, fillColor: colour("--surface"), fillOpacity: 1 };
  }

  function drawBoundaries(map, collection) {
    var names = L.layerGroup();
    var layer = L.geoJSON(collection, {
      style: areaStyle,
      interactive: false,
      onEachFeature: function (feature, area) {
        var facts = feature.properties || {};
        var name = document.documentElement.lang === "en" ? (facts.english || "").split(" ")[0] : facts.short_name || facts.name;
        if (!name) {
          return;
        }
        var at = facts.label;
        var spot = at ? L.latLng(at[1], at[0]) : area.getBounds().getCenter();
        names.addLayer(
          L.tooltip({ permanent: true, direction: "center", className: "place-name", interactive: false })
            .setLatLng(spot)
            .setContent(text("span", name))
        );
      },
    }).addTo(map);
    layer.bringToBack();
    function showNames() {
      if (map.getZoom() >= NAMES_FROM_ZOOM || collection.features.length <= 12) {
        names.addTo(map);
      } else {
        names.remove();
      }
    }
    map.on("zoomend", showNames);
    showNames();
    return layer;
  }

  function drawTracks(map, tracks) {
    var group = L.featureGroup();
    tracks.forEach(function (track) {
      var stretch = [];
      var step = null;
      function flush() {
        if (stretch.length > 1) {
          L.polyline(stretch, { color: colour("--ink-3"), weight: 7, opacity: 0.55, interactive: false }).addTo(group);
          L.polyline(stretch, { color: stepColour(step), weight: 4, opacity: 1, interactive: false }).addTo(group);
        }
      }
      track.positions.forEach(function (position) {
        var here = [position[1], position[0]];
        if (step !== null && position[2] !== step) {
          stretch.push(here);
          flush();
          stretch = [];
        }
        stretch.push(here);
        step = position[2];
      });
      flush();
    });
    return group.addTo(map);
  }

  /* What lay upwind of a hot spot: the wedge under the track's points, its candidates as discs with their rank. */
  function drawSectors(map, sectors) {
    sectors.forEach(function (sector) {
      var edge = sector.outline.map(function (place) {
        return [place[1], place[0]];
      });
      L.polygon(edge, {
        renderer: L.svg(),
        className: "sector",
        color: colour("--fill-soon"),
        weight: 2,
        dashArray: "6 4",
        fillColor: colour("--fill-soon"),
        fillOpacity: 0.18,
        interactive: false,
      }).addTo(map);
      sector.candidates.slice().reverse().forEach(function (one) {
        var icon = L.divIcon({ className: "candidate", html: String(one.rank), iconSize: [24, 24] });
        L.marker([one.lat, one.lon], { icon: icon, alt: one.label, zIndexOffset: 500 })
          .bindPopup(popupOf(one))
          .bindTooltip(text("span", one.label))
          .addTo(map);
      });
    });
  }

  function cluster(map, points) {
    var cells = {};
    points.forEach(function (point) {
      var at = map.project([point.lat, point.lon]);
      var key = Math.floor(at.x / CLUSTER_CELL) + "/" + Math.floor(at.y / CLUSTER_CELL);
      (cells[key] = cells[key] || []).push(point);
    });
    return Object.keys(cells).map(function (key) {
      return cells[key];
    });
  }

  function single(point, element) {
    var marker = L.marker([point.lat, point.lon], {
      icon: L.divIcon({ className: "place place--" + (point.tone || "accent"), html: "", iconSize: [18, 18] }),
      alt: point.label,
    });
    marker.bindTooltip(text("span", point.label));
    if (!element.hasAttribute("data-pick")) {
      return marker.bindPopup(popupOf(point));
    }
    return marker.on("click", function () {
      element.dispatchEvent(new CustomEvent("map:point", { detail: point }));
    });
  }

  function several(map, points) {
    var lat = 0;
    var lon = 0;
    points.forEach(function (point) {
      lat += point.lat / points.length;
      lon += point.lon / points.length;
    });
    var size = points.length < 10 ? 30 : points.length < 100 ? 36 : 44;
    var marker = L.marker([lat, lon], {
      icon: L.divIcon({ className: "cluster", html: String(points.length), iconSize: [size, size] }),
      title: String(points.length),
    });
    marker.on("click", function () {
      map.fitBounds(L.latLngBounds(points.map(function (point) {
        return [point.lat, point.lon];
      })).pad(0.2), { maxZoom: 15 });
    });
    return marker;
  }

  function drawPoints(map, points, element) {
    var group = L.layerGroup().addTo(map);
    function draw() {
      group.clearLayers();
      var last = map.getZoom() >= map.getMaxZoom();
      cluster(map, points).forEach(function (near) {
        if (near.length === 1 || last) {
          near.forEach(function (point) {
            group.addLayer(single(point, element));
          });
        } else {
          group.addLayer(several(map, near));
        }
      });
    }
    map.on("zoomend", draw);
    draw();
  }

  function boundsOf(data, layers) {
    if (data.view) {
      return L.latLngBounds(data.view);
    }
    var bounds = L.latLngBounds([]);
    (data.points || []).forEach(function (point) {
      bounds.extend([point.lat, point.lon]);
    });
    (data.tracks || []).forEach(function (track) {
      track.positions.forEach(function (position) {
        bounds.extend([position[1], position[0]]);
      });
    });
    if (!bounds.isValid()) {
      layers.forEach(function (layer) {
        bounds.extend(layer.getBounds());
      });
    }
    return bounds;
  }

  function start(element, data, collection) {
    element.hidden = false;
    document.querySelectorAll('[data-map-fallback="' + element.id + '"]').forEach(function (fallback) {
      fallback.hidden = true;
    });
    var calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var map = L.map(element, {
      attributionControl: false,
      maxZoom: 17,
      scrollWheelZoom: false,
      zoomAnimation: !calm,
      fadeAnimation: !calm,
      markerZoomAnimation: !calm,
    });
    L.control.scale({ imperial: false }).addTo(map);
    map.setView([37.5, 112.3], 7);
    var layers = [];
    function drawAll() {
      layers = collection ? [drawBoundaries(map, collection)] : [];
      if (data.tracks && data.tracks.length) {
        layers.push(drawTracks(map, data.tracks));
      }
    }
    drawAll();
    var bounds = boundsOf(data, layers);
    if (bounds.isValid()) {
      map.fitBounds(bounds.pad(0.08), { maxZoom: 14, animate: false });
    }
    /* Hidden while the page is printed, the map comes back as it was looked at. */
    var looked = null;
    window.addEventListener("beforeprint", function () {
      looked = { at: map.getCenter(), zoom: map.getZoom() };
    });
    window.addEventListener("afterprint", function () {
      map.invalidateSize({ pan: false });
      map.setView(looked.at, looked.zoom, { animate: false });
    });
    drawSectors(map, data.sectors || []);
    drawPoints(map, data.points || [], element);
    map.on("focus", function () {
      map.scrollWheelZoom.enable();
    });
    map.on("blur", function () {
      map.scrollWheelZoom.disable();
    });
    element.dispatchEvent(new CustomEvent("map:ready", { detail: { map: map, areas: (collection || {}).features || [] } }));
  }

  function draw(element, data) {
    if (typeof data.boundaries !== "string") {
      start(element, data, data.boundaries || null);
      return;
    }
    fetch(data.boundaries, { credentials: "same-origin" })
      .then(function (answer) {
        return answer.ok ? answer.json() : null;
      })
      .catch(function () {
        return null;
      })
      .then(function (collection) {
        start(element, data, collection);
      });
  }

  function load(element) {
    var address = element.getAttribute("data-map-url");
    if (!address) {
      draw(element, JSON.parse(document.getElementById(element.getAttribute("data-map")).textContent));
      return;
    }
    fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) {
        return answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText));
      })
      .then(function (data) {
        draw(element, data);
      })
      .catch(function () {
        element.dispatchEvent(new CustomEvent("map:lost"));
      });
  }

  document.querySelectorAll("[data-map], [data-map-url]").forEach(function (element) {
    var fold = element.closest("details");
    if (!fold || fold.open) {
      load(element);
      return;
    }
    fold.addEventListener("toggle", function () {
      load(element);
    }, { once: true });
  });
})();
