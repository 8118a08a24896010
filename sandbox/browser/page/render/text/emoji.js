/** Shortcodes of emoji as Unicode characters: the usual ones, and all that the bot uses. */

import { el } from "../../dom.js";

const PAIRS = `
  rotating_light 🚨 warning ⚠️ white_check_mark ✅ heavy_check_mark ✔️
  ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ no_entry ⛔
  no_entry_sign 🚫 octagonal_sign 🛑 exclamation ❗ heavy_exclamation_mark ❗
  grey_exclamation ❕ bangbang ‼️ question ❓ grey_question ❔ information_source ℹ️
  bulb 💡 bell 🔔 no_bell 🔕 loudspeaker 📢 mega 📣 fire 🔥 fire_engine 🚒
  ambulance 🚑 siren 🚨 hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️
  alarm_clock ⏰ watch ⌚ timer_clock ⏲️ clock1 🕐 clock3 🕒 clock6 🕕 clock9 🕘
  clock12 🕛 calendar 📆 date 📅 spiral_calendar_pad 🗓️ arrows_counterclockwise 🔄
  arrows_clockwise 🔃 repeat 🔁 leftwards_arrow_with_hook ↩️ arrow_right_hook ↪️
  arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_upper_right ↗️
  arrow_lower_right ↘️ arrow_up_down ↕️ left_right_arrow ↔️ arrow_forward ▶️
  arrow_backward ◀️ double_vertical_bar ⏸️ black_square_for_stop ⏹️
  black_right_pointing_double_triangle_with_vertical_bar ⏭️ fast_forward ⏩ rewind ⏪
  red_circle 🔴 large_red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡
  large_green_circle 🟢 large_blue_circle 🔵 large_purple_circle 🟣 large_brown_circle 🟤
  white_circle ⚪ black_circle ⚫ large_green_square 🟩 large_red_square 🟥
  large_yellow_square 🟨 large_orange_square 🟧 large_blue_square 🟦 white_large_square ⬜
  black_large_square ⬛ white_small_square ▫️ black_small_square ▪️
  small_red_triangle 🔺 small_red_triangle_down 🔻 small_blue_diamond 🔹
  small_orange_diamond 🔸 email 📧 e-mail 📧 envelope ✉️ envelope_with_arrow 📩
  incoming_envelope 📨 mailbox 📫 mailbox_with_mail 📬 mailbox_closed 📪 inbox_tray 📥
  outbox_tray 📤 postbox 📮 package 📦 page_facing_up 📄 page_with_curl 📃
  clipboard 📋 memo 📝 pencil 📝 pencil2 ✏️ notebook 📓 books 📚 book 📖
  bookmark 🔖 label 🏷️ file_folder 📁 open_file_folder 📂 card_index 📇
  card_index_dividers 🗂️ file_cabinet 🗄️ wastebasket 🗑️ paperclip 📎 pushpin 📌
  round_pushpin 📍 link 🔗 lock 🔒 unlock 🔓 closed_lock_with_key 🔐 key 🔑
  old_key 🗝️ shield 🛡️ mag 🔍 mag_right 🔎 gear ⚙️ wrench 🔧 hammer 🔨
  hammer_and_wrench 🛠️ toolbox 🧰 nut_and_bolt 🔩 electric_plug 🔌 battery 🔋
  computer 💻 desktop_computer 🖥️ keyboard ⌨️ printer 🖨️ floppy_disk 💾 cd 💿
  satellite 🛰️ satellite_antenna 📡 telephone ☎️ phone ☎️ telephone_receiver 📞
  iphone 📱 signal_strength 📶 globe_with_meridians 🌐 earth_africa 🌍 bar_chart 📊
  chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 construction 🚧
  traffic_light 🚦 vertical_traffic_light 🚦 zap ⚡ boom 💥 collision 💥 bomb 💣
  bug 🐛 ghost 👻 robot_face 🤖 skull 💀 snail 🐌 turtle 🐢 rocket 🚀
  airplane ✈️ ship 🚢 anchor ⚓ star ⭐ star2 🌟 sparkles ✨ dizzy 💫 tada 🎉
  confetti_ball 🎊 trophy 🏆 medal 🏅 dart 🎯 100 💯 moneybag 💰 eyes 👀 eye 👁️
  speech_balloon 💬 thought_balloon 💭 left_speech_bubble 🗨️ wave 👋 raised_hand ✋
  hand ✋ +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 clap 👏 raised_hands 🙌
  pray 🙏 muscle 💪 point_right 👉 point_left 👈 point_up_2 👆 point_down 👇
  writing_hand ✍️ handshake 🤝 smile 😄 grinning 😀 smiley 😃
  slightly_smiling_face 🙂 wink 😉 joy 😂 thinking_face 🤔 neutral_face 😐 confused 😕
  worried 😟 cry 😢 sob 😭 scream 😱 sweat_smile 😅 relieved 😌 heart ❤️
  green_heart 💚 blue_heart 💙 yellow_heart 💛 broken_heart 💔 bust_in_silhouette 👤
  busts_in_silhouette 👥 man-technologist 👨‍💻 woman-technologist 👩‍💻
  male-firefighter 👨‍🚒 office 🏢 house 🏠 hospital 🏥 factory 🏭 coffee ☕
  sunny ☀️ cloud ☁️ rain_cloud 🌧️ snowflake ❄️ rainbow 🌈 one 1️⃣
  two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣
  nine 9️⃣ zero 0️⃣ keycap_ten 🔟 hash #️⃣ heavy_plus_sign ➕ heavy_minus_sign ➖
  heavy_multiplication_x ✖️ new 🆕 ok 🆗 up 🆙 sos 🆘 id 🆔 free 🆓 soon 🔜
  back 🔙 end 🔚 on 🔛 de 🇩🇪 gb 🇬🇧 us 🇺🇸 eu 🇪🇺 checkered_flag 🏁
  triangular_flag_on_post 🚩 white_flag 🏳️ thread 🧵 broom 🧹 test_tube 🧪
  microscope 🔬 balance_scale ⚖️ scales ⚖️ passport_control 🛂 beginner 🔰
  recycle ♻️ infinity ♾️ large_orange_diamond 🔶 large_blue_diamond 🔷 mute 🔇
  sound 🔉 loud_sound 🔊
`
  .trim()
  .split(/\s+/);

const EMOJI = new Map();
for (let at = 0; at < PAIRS.length; at += 2) EMOJI.set(PAIRS[at], PAIRS[at + 1]);

const TONES = ["", "", "🏻", "🏼", "🏽", "🏾", "🏿"];
const SHORTCODE = /:([a-z0-9_+'-]+)(?:::skin-tone-([2-6]))?:/g;

/** @returns {HTMLElement|null} null where the shortcode is not known */
export function emoji(name, tone = 0) {
  const found = EMOJI.get(name);
  if (found === undefined) return null;
  const label = `${name.replace(/_/g, " ")} emoji`;
  const attributes = { class: "blk-emoji", role: "img", "aria-label": label, title: `:${name}:` };
  return el("span", attributes, found + TONES[tone]);
}

/** @returns {(string|Node)[]} the text with its known shortcodes drawn; others stay as they are */
export function withEmoji(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(SHORTCODE)) {
    const drawn = emoji(found[1], Number(found[2] ?? 0));
    if (!drawn) continue;
    if (found.index > from) nodes.push(text.slice(from, found.index));
    nodes.push(drawn);
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}
