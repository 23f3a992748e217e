"use strict";
// With a script each photo is sent as soon as it is taken, and the live camera is offered where there is one.
// The server answers with the same page as without a script; this puts its main part in place of the one shown.
(() => {
  const LONGEST = 4096; // pixels of a photo's longer side
  const WAIT = 120000; // milliseconds that one photo may take
  let stream = null;

  const make = (name, more, ...inside) => {
    const made = Object.assign(document.createElement(name), more);
    made.append(...inside);
    return made;
  };

  const say = (text) => { document.getElementById("news").textContent = text; };

  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
  };

  // Put the server's page in place of this one, and begin to read where something is new.
  const show = (html) => {
    stop();
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.querySelector("main");
    if (!main) throw new Error("no page");
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    enhance();
    const spoken = main.querySelector("[data-news]");
    say(spoken ? spoken.dataset.news : "");
    const next = main.querySelector(".error, .doubt") || main.querySelector("section:not(.arrived):not([hidden])");
    const target = next || main.querySelector("h1");
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: target.matches(".doubt") ? "start" : "center" }); // its picture stands below
  };

  // A photo drawn anew has no metadata, stands upright, and is a JPEG, whatever the phone's own format.
  const redrawn = async (file) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = make("canvas", {
      width: Math.round(picture.width * scale), height: Math.round(picture.height * scale),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
    if (!blob) throw new Error("not drawn");
    return blob;
  };

  // Send a photo, or what becomes of the one before (`despite`: it is sent all the same), or just the kind.
  const send = (section, blob, despite = false) => {
    const form = document.querySelector("form");
    const data = new FormData();
    const kind = form.querySelector("[name=kind]:checked");
    if (kind) data.set("kind", kind.value);
    if (blob) data.set(section.dataset.slot, blob, "photo.jpg");
    if (despite) data.set("despite", section.dataset.slot);
    const bar = make("progress", { max: 1, value: 0, ariaLabel: "Sending" });
    const words = make("p", { className: "quiet", textContent: "Sending …" });
    section.querySelectorAll(".trouble").forEach((old) => old.remove());
    section.append(words, bar);
    say("Sending.");
    const controls = [...form.querySelectorAll("input, button")];
    controls.forEach((control) => { control.disabled = true; });
    const call = new XMLHttpRequest();
    call.upload.onprogress = (event) => {
      bar.value = event.total ? event.loaded / event.total : 0;
      words.textContent = bar.value < 1 ? `Sending … ${Math.round(100 * bar.value)} %` : "Checking …";
    };
    const failed = () => {
      words.remove();
      bar.remove();
      controls.forEach((control) => { control.disabled = false; });
      const again = make("button", { type: "button", textContent: "Send it again" });
      const trouble = make("div", { className: "trouble" },
        make("p", { className: "error", textContent: "It did not arrive. Look after the connection." }), again);
      trouble.setAttribute("role", "alert");
      again.onclick = () => send(section, blob, despite);
      section.append(trouble);
    };
    call.onload = () => { try { show(call.responseText); } catch { failed(); } };
    call.onerror = call.ontimeout = failed;
    call.timeout = WAIT;
    call.open("POST", location.pathname);
    call.send(data);
  };

  const give = async (section, file) => {
    let blob = file;
    try { blob = await redrawn(file); } catch { /* no picture that this browser knows: the server says what it is */ }
    send(section, blob);
  };

  const live = async (section, button) => {
    const facing = section.dataset.facing;
    button.disabled = true;
    try {
      stop();
      document.querySelectorAll(".view, .shutter").forEach((old) => old.remove());
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: facing, width: { ideal: 1920 }, height: { ideal: 1440 } },
      });
    } catch (error) {
      const none = error.name === "NotFoundError" ? "There is no camera here." : "The camera may not be used.";
      section.querySelectorAll(".trouble").forEach((old) => old.remove());
      section.append(make("p", { className: "error trouble", role: "alert",
        textContent: `${none} Take or choose a photo instead.` }));
      button.remove();
      return;
    }
    const video = make("video", { autoplay: true, muted: true, playsInline: true, srcObject: stream });
    video.setAttribute("aria-label", "What the camera sees");
    const view = make("div", { className: `view ${facing}` }, video, make("i"));
    const take = make("button", { type: "button", className: "shutter", textContent: "Take the photo" });
    take.disabled = true;
    video.onloadeddata = () => { take.disabled = false; take.focus(); say("The camera is on."); };
    take.onclick = () => {
      const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext("2d").drawImage(video, 0, 0);
      stop();
      view.remove();
      take.remove();
      canvas.toBlob((blob) => send(section, blob), "image/jpeg", 0.95);
    };
    button.before(view, take);
    button.remove();
    view.scrollIntoView({ block: "center" });
  };

  const enhance = () => {
    const form = document.querySelector("form");
    if (!form) return;
    form.querySelector(".send").hidden = true;
    const sections = [...form.querySelectorAll("section")];
    const kinds = [...form.querySelectorAll("[name=kind]")];
    const offer = () => {
      const kind = kinds.find((each) => each.checked);
      for (const section of sections) {
        const there = section.matches(".arrived, .doubted");
        const needless = kind && kind.value === "passport" && section.dataset.slot === "back";
        const early = section.dataset.slot === "back" && sections[0].classList.contains("arrived") === false;
        section.hidden = (kinds.length > 0 && !kind) || needless || (early && !there);
      }
      return kind;
    };
    for (const each of kinds) {
      each.onchange = () => {
        offer();
        if (sections.some((section) => section.matches(".arrived, .doubted"))) send(sections[0], null);
      };
    }
    for (const section of sections) {
      const input = section.querySelector("input[type=file]");
      input.onchange = () => { if (input.files.length) give(section, input.files[0]); };
      const despite = section.querySelector(".despite");
      if (despite) despite.onclick = (event) => { event.preventDefault(); send(section, null, true); };
      if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
        const open = make("button", { type: "button", className: "camera",
          textContent: despite ? "Take another" : section.matches(".arrived") ? "Take it again" : "Use the camera" });
        if (section.classList.contains("arrived")) open.classList.add("second");
        open.onclick = () => live(section, open);
        section.querySelector("label").before(open);
        section.querySelector("label").textContent = despite ? "Or choose another photo" : "Or take or choose a photo";
      }
    }
    offer();
  };

  // Previews of the link fetch the page as well, but run nothing: the terminal hears from the script that it is open.
  const hello = new FormData();
  hello.set("opened", "1");
  if (document.querySelector("form")) fetch(location.pathname, { method: "POST", body: hello }).catch(() => {});

  enhance();
})();
