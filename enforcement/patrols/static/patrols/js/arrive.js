/* Large tracks, sent in pieces of the size the server names: told how far, paused, gone on with after a broken connection
   or a page loaded anew (the same file chosen again is known by name, size and date, and by the sums of what arrived).
   Small files, several at once, and browsers without sums (plain http from another machine), go the form's own way. Words, addresses and
   the size from which files go this way stand on the form's section, data-arrive. */
(function () {
  "use strict";

  var PATIENCE_MS = [1000, 2000, 5000, 10000, 20000];

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }

  function bytes(text) {
    return Uint8Array.from(text.match(/../g) || [], function (pair) {
      return parseInt(pair, 16);
    });
  }

  function sum(buffer) {
    return crypto.subtle.digest("SHA-256", buffer).then(hex);
  }

  function linked(chain, digest) {
    return sum(bytes(chain + digest).buffer);
  }

  function wait(ms) {
    return new Promise(function (done) {
      setTimeout(done, ms);
    });
  }

  function megabytes(count) {
    return (count / 1048576).toFixed(1);
  }

  function panel(section, file) {
    var box = section.querySelector("[data-arrival]");
    var found = { box: box };
    ["words", "bar", "detail", "pause", "drop"].forEach(function (name) {
      found[name] = box.querySelector("[data-" + name + "]");
    });
    box.hidden = false;
    box.querySelector("[data-name]").textContent = file.name;
    box.scrollIntoView({ block: "center" });
    return found;
  }

  function Sending(section, form, file) {
    this.section = section;
    this.words = section.dataset;
    this.form = form;
    this.file = file;
    this.seen = panel(section, file);
    this.token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    this.paused = false;
    this.ended = false;
    this.chain = "";
    this.tries = 0;
    var self = this;
    this.seen.pause.onclick = function () {
      self.paused = !self.paused;
      self.seen.pause.textContent = self.paused ? self.words.goOn : self.words.pause;
      self.tell(self.paused ? self.words.paused : self.words.sending);
      if (!self.paused && self.waiting) {
        self.waiting();
      }
    };
    this.seen.drop.onclick = function () {
      self.ended = true;
      (self.arrival ? self.post("abandon", {}) : Promise.resolve()).finally(function () {
        window.location.reload();
      });
    };
    window.onbeforeunload = function (event) {
      if (!self.ended) {
        event.preventDefault();
      }
    };
  }

  Sending.prototype.tell = function (words, detail) {
    this.seen.words.textContent = words;
    this.seen.detail.textContent = detail || "";
  };

  Sending.prototype.shown = function () {
    var at = this.arrival.received;
    this.seen.bar.max = this.file.size;
    this.seen.bar.value = at;
    var seconds = (Date.now() - this.since) / 1000;
    var speed = seconds > 1 ? megabytes((at - this.from) / seconds) + " MB/s" : "";
    this.tell(
      this.paused ? this.words.paused : this.words.sending,
      megabytes(at) + " / " + megabytes(this.file.size) + " MB  " + speed
    );
  };

  Sending.prototype.over = function (sentence) {
    this.ended = true;
    this.tell(sentence);
    this.seen.pause.hidden = true;
    delete this.form.dataset.sent;
  };

  Sending.prototype.ask = function (method, address, body, headers) {
    var said = { "X-CSRFToken": this.token, Accept: "application/json" };
    return fetch(address, {
      method: method,
      credentials: "same-origin",
      headers: Object.assign(said, headers || {}),
      body: body,
    });
  };

  Sending.prototype.post = function (action, body) {
    var address = this.words.api + this.arrival.id + "/actions/" + action + "/";
    return this.ask("POST", address, JSON.stringify(body), { "Content-Type": "application/json" });
  };

  Sending.prototype.begin = function () {
    var self = this;
    var body = new FormData(this.form);
    body.delete("file");
    body.set("name", this.file.name);
    body.set("size", this.file.size);
    body.set("mark", this.file.name + "|" + this.file.size + "|" + this.file.lastModified);
    return this.ask("POST", this.words.begin, body).then(function (answer) {
      return answer.json().then(function (told) {
        if (!answer.ok) {
          throw new Error(told.detail);
        }
        self.arrival = told;
        return self.known();
      });
    });
  };

  /* What arrived before must be the beginning of the file chosen now; else it isn't the same file. */
  Sending.prototype.known = function () {
    var self = this;
    var at = 0;
    var chain = "";
    function next() {
      if (at >= self.arrival.received) {
        if (chain !== self.arrival.chain) {
          throw new Error(self.words.changed);
        }
        self.chain = chain;
        self.from = at;
        self.since = Date.now();
        return null;
      }
      self.tell(self.words.checking);
      var piece = self.file.slice(at, Math.min(at + self.arrival.piece_bytes, self.arrival.received));
      at += piece.size;
      return piece.arrayBuffer().then(sum).then(function (digest) {
        return linked(chain, digest);
      }).then(function (longer) {
        chain = longer;
        return next();
      });
    }
    return Promise.resolve().then(next);
  };

  Sending.prototype.send = function () {
    var self = this;
    if (this.ended) {
      return Promise.resolve();
    }
    this.shown();
    if (this.paused) {
      return new Promise(function (done) {
        self.waiting = done;
      }).then(function () {
        self.waiting = null;
        return self.send();
      });
    }
    var at = this.arrival.received;
    if (at >= this.file.size) {
      return this.finish();
    }
    return this.file
      .slice(at, at + this.arrival.piece_bytes)
      .arrayBuffer()
      .then(function (piece) {
        return sum(piece).then(function (digest) {
          return self.offer(at, piece, digest);
        });
      })
      .then(function () {
        return self.send();
      });
  };

  Sending.prototype.offer = function (at, piece, digest) {
    var self = this;
    return this.ask("PATCH", this.words.api + this.arrival.id + "/", piece, {
      "Content-Type": "application/octet-stream",
      "Upload-Offset": String(at),
      "Upload-Checksum": "sha256 " + digest,
    }).then(
      function (answer) {
        if (answer.ok) {
          self.tries = 0;
          return answer.json().then(function (told) {
            self.arrival = told;
            return linked(self.chain, digest).then(function (longer) {
              self.chain = longer;
            });
          });
        }
        if (answer.status === 409) {
          return self.again(); /* another tab was quicker, or the answer to this piece was lost */
        }
        if (answer.status === 429 || answer.status >= 500) {
          return self.later();
        }
        return answer.json().then(function (told) {
          throw new Error(told.detail);
        });
      },
      function () {
        return self.later();
      }
    );
  };

  /* The connection broke: some patience, then asked where the file stands. */
  Sending.prototype.later = function () {
    var self = this;
    this.tell(this.words.broken);
    return wait(PATIENCE_MS[Math.min(this.tries++, PATIENCE_MS.length - 1)]).then(function () {
      return self.again();
    });
  };

  Sending.prototype.again = function () {
    var self = this;
    if (this.ended) {
      return Promise.resolve();
    }
    return this.ask("GET", this.words.api + this.arrival.id + "/").then(
      function (answer) {
        if (answer.status === 429 || answer.status >= 500) {
          return self.later();
        }
        return answer.json().then(function (told) {
          if (!answer.ok) {
            throw new Error(told.detail);
          }
          self.arrival = told;
          return told.upload ? null : self.known();
        });
      },
      function () {
        return self.later();
      }
    );
  };

  Sending.prototype.finish = function () {
    var self = this;
    if (this.arrival.upload) {
      return this.leave();
    }
    this.tell(this.words.finishing);
    return this.post("finish", { chain: this.chain }).then(
      function (answer) {
        return answer.json().then(function (told) {
          if (answer.status === 409) {
            return self.again().then(function () {
              return self.send(); /* another tab finished it */
            });
          }
          if (!answer.ok) {
            throw new Error(told.detail);
          }
          self.arrival = told;
          return self.leave();
        });
      },
      function () {
        return self.later().then(function () {
          return self.send();
        });
      }
    );
  };

  Sending.prototype.leave = function () {
    this.ended = true;
    window.location.assign(this.arrival.upload.page);
  };

  document.addEventListener(
    "submit",
    function (event) {
      var section = event.target.closest("[data-arrive]");
      var input = section && event.target.querySelector("input[type=file]");
      var file = input && input.files[0];
      if (!file || input.files.length > 1 || file.size < Number(section.dataset.arrive) || !(window.crypto && window.crypto.subtle)) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      if (section.sending && !section.sending.ended) {
        return;
      }
      var sending = (section.sending = new Sending(section, event.target, file));
      sending
        .begin()
        .then(function () {
          return sending.send();
        })
        .catch(function (error) {
          sending.over(error.message || section.dataset.broken);
        });
    },
    true
  );
})();
