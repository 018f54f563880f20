/* Large tracks, sent in pieces of the size the server names: told how far, paused, gone on with after a broken connection
   or a page loaded anew (the same file chosen again is known by name, size and date, and by the sums of what arrived).
   Several files of one drive go one after the other, each in its own pieces; the server joins them when the last is whole.
   Small files, and browsers without sums (plain http from another machine), go the form's own way. Words, addresses and
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

  async function sum(buffer) {
    return hex(await crypto.subtle.digest("SHA-256", buffer));
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

  /* What the server refused, in its own words; anything else that goes wrong is told in ours. */
  function Refused(sentence) {
    this.sentence = sentence;
  }

  async function told(answer) {
    var said = await answer.json().catch(function () {
      return {};
    });
    if (!answer.ok) {
      throw new Refused(said.detail);
    }
    return said;
  }

  function together(files) {
    return files.reduce(function (sum, file) {
      return sum + file.size;
    }, 0);
  }

  function marked(file) {
    return file.name + "|" + file.size + "|" + file.lastModified;
  }

  /* What the files of one drive are known by together, in whatever order they were chosen; "" for one alone. */
  async function driveOf(files) {
    if (files.length < 2) {
      return "";
    }
    return sum(new TextEncoder().encode(files.map(marked).sort().join("\n")));
  }

  function panel(section, files) {
    var box = section.querySelector("[data-arrival]");
    var found = { box: box };
    ["name", "words", "bar", "detail", "pause", "drop"].forEach(function (name) {
      found[name] = box.querySelector("[data-" + name + "]");
    });
    box.hidden = false;
    found.bar.max = together(files);
    found.pause.hidden = false;
    box.scrollIntoView({ block: "center" });
    return found;
  }

  function Sending(section, form, files) {
    this.words = section.dataset;
    this.form = form;
    this.files = files;
    this.arrivals = [];
    this.seen = panel(section, files);
    this.token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    this.paused = false;
    this.ended = false;
    this.tries = 0;
    /* Bytes of the files before the one being sent. */
    this.done = 0;
    this.seen.pause.onclick = this.pause.bind(this);
    this.seen.drop.onclick = this.drop.bind(this);
    window.onbeforeunload = function (event) {
      if (!this.ended) {
        event.preventDefault();
      }
    }.bind(this);
    this.turnTo(0);
  }

  /* Which file is sent now: of it the first `at` bytes, and the chain of their pieces, are known to have arrived. */
  Sending.prototype.turnTo = function (number) {
    this.file = this.files[number];
    this.arrival = this.arrivals[number];
    this.at = 0;
    this.chain = "";
    this.seen.name.textContent =
      this.files.length > 1 ? number + 1 + "/" + this.files.length + "  " + this.file.name : this.file.name;
  };

  Sending.prototype.pause = function () {
    this.paused = !this.paused;
    this.seen.pause.textContent = this.paused ? this.words.goOn : this.words.pause;
    this.tell(this.paused ? this.words.paused : this.words.sending);
    if (!this.paused && this.goOn) {
      this.goOn();
    }
  };

  Sending.prototype.drop = async function () {
    this.ended = true;
    try {
      this.arrival = this.arrival || this.arrivals[0];
      if (this.arrival) {
        await this.post("abandon", {});
      }
    } finally {
      window.location.reload();
    }
  };

  Sending.prototype.tell = function (words, detail) {
    this.seen.words.textContent = words;
    this.seen.detail.textContent = detail || "";
  };

  Sending.prototype.shown = function () {
    var seconds = (Date.now() - this.since) / 1000;
    var speed = seconds > 1 ? megabytes((this.at - this.from) / seconds) + " MB/s" : "";
    this.seen.bar.value = this.done + this.at;
    this.tell(
      this.paused ? this.words.paused : this.words.sending,
      megabytes(this.done + this.at) + " / " + megabytes(this.seen.bar.max) + " MB  " + speed
    );
  };

  Sending.prototype.over = function (sentence) {
    this.ended = true;
    this.tell(this.files.length > 1 ? this.file.name + "：" + sentence : sentence);
    this.seen.pause.hidden = true;
    delete this.form.dataset.sent;
  };

  Sending.prototype.ask = function (method, address, body, headers) {
    return fetch(address, {
      method: method,
      credentials: "same-origin",
      headers: Object.assign({ "X-CSRFToken": this.token, Accept: "application/json" }, headers || {}),
      body: body,
    });
  };

  Sending.prototype.address = function () {
    return this.words.api + this.arrival.id + "/";
  };

  Sending.prototype.post = function (action, body) {
    var address = this.address() + "actions/" + action + "/";
    return this.ask("POST", address, JSON.stringify(body), { "Content-Type": "application/json" });
  };

  /* Asks until somebody answers: no connection, too many of us and a server in trouble pass. null once it was given up. */
  Sending.prototype.asked = async function (ask) {
    while (!this.ended) {
      var answer = await ask().catch(function () {
        return null;
      });
      if (answer && answer.status !== 429 && answer.status < 500) {
        this.tries = 0;
        return answer;
      }
      this.tell(this.words.broken);
      await wait(PATIENCE_MS[Math.min(this.tries++, PATIENCE_MS.length - 1)]);
    }
    return null;
  };

  Sending.prototype.begin = async function (drive) {
    var body = new FormData(this.form);
    body.delete("file");
    body.set("name", this.file.name);
    body.set("size", this.file.size);
    body.set("mark", marked(this.file));
    body.set("drive", drive);
    body.set("drive_files", this.files.length);
    return told(await this.ask("POST", this.words.begin, body));
  };

  /* Where the file stands. What arrived must be the beginning of the file chosen now; else it isn't the same file. */
  Sending.prototype.stands = async function () {
    if (this.arrival.upload) {
      return;
    }
    while (this.at < this.arrival.received) {
      this.tell(this.words.checking);
      var piece = this.file.slice(this.at, Math.min(this.at + this.arrival.piece_bytes, this.arrival.received));
      this.chain = await linked(this.chain, await sum(await piece.arrayBuffer()));
      this.at += piece.size;
    }
    if (this.at !== this.arrival.received || this.chain !== this.arrival.chain) {
      throw new Refused(this.words.changed);
    }
  };

  /* Another tab was quicker, or an answer was lost; where neither moved the file on, the refusal stands. */
  Sending.prototype.again = async function (refusal) {
    var self = this;
    var before = this.arrival.whole;
    var answer = await this.asked(function () {
      return self.ask("GET", self.address());
    });
    if (answer) {
      this.arrival = await told(answer);
      if (!this.arrival.upload && this.arrival.whole === before && this.arrival.received === this.at) {
        await told(refusal);
      }
    }
  };

  Sending.prototype.offer = async function () {
    var self = this;
    var piece = await this.file.slice(this.at, this.at + this.arrival.piece_bytes).arrayBuffer();
    var digest = await sum(piece);
    var answer = await this.asked(function () {
      return self.ask("PATCH", self.address(), piece, {
        "Content-Type": "application/octet-stream",
        "Upload-Offset": String(self.at),
        "Upload-Checksum": "sha256 " + digest,
      });
    });
    if (answer && answer.status === 409) {
      await this.again(answer);
    } else if (answer) {
      this.arrival = await told(answer);
      this.chain = await linked(this.chain, digest);
      this.at += piece.byteLength;
    }
  };

  Sending.prototype.finish = async function () {
    var self = this;
    this.tell(this.words.finishing);
    var answer = await this.asked(function () {
      return self.post("finish", { chain: self.chain });
    });
    if (answer && answer.status === 409) {
      await this.again(answer);
    } else if (answer) {
      this.arrival = await told(answer);
    }
  };

  /* One file to its end: whole, and of the last of a drive handed on with the others. */
  Sending.prototype.sendOne = async function (last) {
    var self = this;
    await this.stands();
    this.from = this.at;
    this.since = Date.now();
    while (!this.ended && !this.arrival.upload && (last || !this.arrival.whole)) {
      this.shown();
      if (this.paused) {
        await new Promise(function (done) {
          self.goOn = done;
        });
      } else if (this.at < this.file.size) {
        await this.offer();
        await this.stands();
      } else {
        await this.finish();
        if (last && this.arrival.whole && !this.arrival.upload) {
          throw new Refused(this.words.missing);
        }
      }
    }
  };

  Sending.prototype.send = async function () {
    var drive = await driveOf(this.files);
    for (var number = 0; number < this.files.length; number++) {
      this.turnTo(number);
      this.arrivals[number] = await this.begin(drive);
    }
    for (number = 0; number < this.files.length && !this.ended; number++) {
      this.turnTo(number);
      await this.sendOne(number === this.files.length - 1);
      if (this.arrival.upload) {
        break;
      }
      this.done += this.file.size;
    }
    if (!this.ended) {
      this.ended = true;
      window.location.assign(this.arrival.upload.page);
    }
  };

  document.addEventListener(
    "submit",
    function (event) {
      var section = event.target.closest("[data-arrive]");
      var input = section && event.target.querySelector("input[type=file]");
      var files = input ? Array.from(input.files) : [];
      if (!files.length || together(files) < Number(section.dataset.arrive) || !(window.crypto && window.crypto.subtle)) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      if (section.sending && !section.sending.ended) {
        return;
      }
      var sending = (section.sending = new Sending(section, event.target, files));
      sending.send().catch(function (error) {
        sending.over((error instanceof Refused && error.sentence) || event.target.getAttribute("data-lost"));
      });
    },
    true
  );
})();
