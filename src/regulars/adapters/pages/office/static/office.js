// Every page works without this file; it only keeps what moves fresh, and asks before what cannot be undone.
"use strict";
(() => {
  const again = async (part) => {
    try {
      const answer = await fetch(part.dataset.live, { headers: { "X-Part": "1" }, cache: "no-store" });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(part.id);
      if (!fresh) { if (part.dataset.then) location.assign(part.dataset.then); return; }
      if (fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
      if (fresh.dataset.live) setTimeout(again, Number(fresh.dataset.every || 2) * 1000, part);
      else if (part.dataset.then) location.assign(part.dataset.then);
    } catch {
      setTimeout(again, 5000, part);
    }
  };
  for (const part of document.querySelectorAll("[data-live]")) {
    setTimeout(again, Number(part.dataset.every || 2) * 1000, part);
  }
  for (const form of document.querySelectorAll("form[data-confirm]")) {
    form.addEventListener("submit", (event) => { if (!confirm(form.dataset.confirm)) event.preventDefault(); });
  }
  // A form whose estimate is asked for while it is filled in.
  for (const form of document.querySelectorAll("form[data-estimate]")) {
    const targets = form.dataset.target.split(" ");
    let waiting = 0;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const query = new URLSearchParams(new FormData(form));
        query.delete("csrf");
        const busy = document.getElementById(targets[0]);
        busy.setAttribute("aria-busy", "true");
        const answer = await fetch(`${form.dataset.estimate}?${query}`, { headers: { "X-Part": "1" } });
        busy.removeAttribute("aria-busy");
        if (!answer.ok) return;
        const told = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const id of targets) {
          const [stale, fresh] = [document.getElementById(id), told.getElementById(id)];
          const typing = stale.contains(document.activeElement);
          if (fresh && !typing && fresh.innerHTML !== stale.innerHTML) stale.replaceChildren(...fresh.childNodes);
        }
      }, 400);
    });
  }
  // A button that copies what stands elsewhere on the page, where the browser can.
  for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.textContent = button.dataset.done;
    });
  }
  // Menus close when the reader goes elsewhere.
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.who[open]")) if (!open.contains(event.target)) open.open = false;
  });
})();
