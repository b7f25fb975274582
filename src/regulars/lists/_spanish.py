"""Spanish, in the polite form, as a grocer in the United States or in Spain would say it."""

from __future__ import annotations

from ._meals import MealWords
from ._screen import ScreenTexts
from ._settings import PageTexts
from ._words import Words

SPANISH_WORDS = Words(
    locale="es_US",
    day_pattern="d MMM",
    weekday_pattern="EEE d MMM",
    numbers=(
        "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    ),
    legal="Los precios pueden cambiar. Cada oferta, una vez por hogar y hasta agotar existencias.",
    answer="¿No es su lista o no quiere recibirla? Vea {website}/privacy o pregunte en el mostrador.",
    synthetic="Demostración: compras reales, tienda y ofertas inventadas ({label}).",
    assumed="supuestas, no medidas",
    closed="Cerrado el {days}.",
    valid="Ofertas válidas del {begins} al {ends} de {year}",
    begins_in_another_year="{day} de {year}",
    off="de descuento",
    each="cada uno",
    half="½ precio",
    part_of_second="{percent} menos",
    second="el segundo",
    multibuy="Lleve {take}",
    multibuy_note="y pague {pay}",
    for_many="por {count}",
    off_basket="menos en {spend}",
    when_two="al comprar dos",
    when_taking="al llevar {count}",
    when_buying="al comprar {count}",
    when_spending="al gastar {spend}",
    saving="Ahorra {money}",
    regular="antes {money}",
    household="Hogar {household}",
    maker="{name}, marca {vendor}",
    own_brand="{name}, marca propia",
    bought_before="{need}: ya lo ha comprado.",
    bought_on="{need}: lo compró por última vez el {day}.",
    bought_daily="{need}: usted compra casi todos los días; la última vez, el {day}.",
    bought_every="{need}: usted compra cada {days} días más o menos; la última vez, el {day}.",
    lapsed_daily="{need}: antes compraba casi todos los días, pero no desde el {day}.",
    lapsed_every="{need}: antes compraba cada {days} días, pero no desde el {day}.",
    own_brand_trial="{need}: pruebe nuestra marca.",
    brand_trial="{need}: aquí tiene otra marca para probar.",
    also_bought="Los mismos clientes suelen comprar: {known} y {need}.",
    ideas_title="Quizá le guste",
    privilege_title="Para usted",
    tip_title="Bueno saberlo",
    of_these_weeks="Una de las ofertas de estas dos semanas.",
)  # fmt: skip

SPANISH_PAGE = PageTexts(
    title="Su lista de compras personal",
    items_one="su próximo artículo",
    items_many="sus próximos {} artículos",
    items_order=", en el orden de los pasillos",
    items_none="espacio para todo lo que necesite",
    saving="Ahorre hasta {}",
    list_number="Lista n.º {}",
    specials_one="1 oferta para usted",
    specials_many="{} ofertas para usted",
    specials_note="se descuentan en la caja al escanear esta lista",
    specials_star="ya está en su lista",
    kind_due="en su lista",
    kind_usual="lo compra",
    kind_bought="ya lo probó",
    kind_suggestion="para probar",
    price_unknown="ver estante",
    overleaf="Sus ofertas y las barras para la caja están al dorso.",
    write_in=("Para la semana", "No olvidar", "También"),
    continued="{}, continuación",
    how_title="Cómo funciona esta página",
    how_items="Siga las columnas: van en el orden de los pasillos. Los precios son por unidad.",
    how_specials="Haga escanear las barras una vez: se descuentan todas las ofertas.",
    how_more=(
        "Escriba en las líneas de arriba lo que le haga falta.",
        "Apunte el teléfono al código cuadrado para llevar la lista consigo.",
    ),
    why_title="¿Por qué estos?",
    meals_title="La cena de esta lista",
    scan="Caja: escanear una vez, antes o después de los artículos",
    phone="la lista en su teléfono",
    nameless="Hola, vecino",
    proof="PRUEBA",
    proof_note="Prueba: aún no vale en la caja",
    proof_note_live="Prueba: ya vale en la caja",
    bars_alternative="Código de barras para la caja, código de lista {}",
    phone_alternative="Código QR que abre esta lista en un teléfono",
    mark_alternative="Logotipo de {}",
)

SPANISH_SCREEN = ScreenTexts(
    show_code="Mostrar el código en la caja",
    back="Volver a la lista",
    bright="Suba el brillo y deje que la caja lo escanee una vez.",
    items_title="Su lista",
    specials_title="Sus ofertas",
    meals_title="La cena de esta lista",
    meals_tab="Cenas",
    keep_ticks="Guardar mis marcas",
    why="¿Por qué esto?",
    not_now="Ahora no",
    never="No mostrarlo nunca más",
    said_never="Pidió no verlo nunca más. Desaparece desde la próxima lista.",
    said_not_now="Pidió no verlo en la próxima lista.",
    again="Mostrarlo otra vez",
    hide="Ocultar mi lista a los demás de la casa",
    show="Dejar que los demás de la casa vean mi lista",
    hidden="Esta lista está oculta",
    hidden_note="Se abre en el teléfono que la ocultó. En atención al cliente pueden volver a abrirla.",
    over="Esta lista ha terminado",
    over_note="Sus ofertas han acabado. El código de su lista más reciente abre la nueva.",
    gone="Aquí no hay ninguna lista",
    gone_note="Escanee el código cuadrado de su lista más reciente o pregunte en atención al cliente.",
    front_note=(
        "Apunte la cámara del teléfono al código cuadrado de su lista: se abre aquí. ¿No tiene la lista? Pregunte "
        "en atención al cliente."
    ),
    privacy_title="Su lista y sus compras",
    privacy_made=(
        "Su lista se hace con lo que se compró con la tarjeta de su hogar: qué, cuándo y a qué precio. De ahí "
        "calculamos qué puede necesitar pronto y qué ofertas le convienen."
    ),
    privacy_closed=(
        "Lo que no incumbe a nadie, como las recetas médicas y los anticonceptivos, queda fuera: nunca influye en "
        "una lista."
    ),
    privacy_kept=(
        "Lo calculamos nosotros y no entregamos sus compras a nadie. Quien imprime o envía listas para nosotros "
        "recibe esas listas y nada más. El fabricante que paga una oferta sabe cuántas veces se usó, nunca quién la "
        "usó."
    ),
    privacy_codes=(
        "Los códigos de su lista no dicen nada de usted. Pero quien tiene el código cuadrado puede abrir la "
        "lista: no la deje a la vista. Si la pierde, en atención al cliente le dan otra, y los códigos de antes "
        "ya no abren nada."
    ),
    privacy_phone=(
        "En el teléfono puede quitar cualquier artículo de sus próximas listas y ocultar su lista a los demás de "
        "la casa."
    ),
    privacy_stop=(
        "¿No es su lista o no quiere recibirla? Díganoslo en atención al cliente. Cada correo lleva un enlace "
        "para darse de baja, y los mensajes de texto terminan respondiendo STOP."
    ),
    privacy_ask=(
        "Pregunte allí también qué sabemos de las compras de su hogar y pida que borremos su dirección de correo "
        "y sus respuestas."
    ),
    calendar="Añadir el último día a mi calendario",
    calendar_event="Último día de sus ofertas en {}",
    regular="El papel, el teléfono y el correo llevan la misma lista: use su código una vez, donde prefiera.",
    subject="{}: ahorre hasta {} en lo que compra",
    subject_plain="{}: su lista de compras",
    preheader="{}. {} artículos y {} ofertas, en el orden de los pasillos.",
    text_message="{}: ahorre hasta {}, hasta el {}. Su lista: {} Responda STOP para terminar.",
    text_message_plain="{}: su lista de compras: {} Responda STOP para terminar.",
    open_phone="Abrir mi lista en el teléfono",
    unsubscribe="Darse de baja",
    unsubscribe_ask="¿Dejar de recibir su lista por correo electrónico?",
    unsubscribe_done="Listo. Ya no recibirá listas por correo electrónico; la de papel sigue igual.",
    unsubscribe_note="Recibe este mensaje porque pidió a {} su lista por correo electrónico.",
)

SPANISH_MEALS = MealWords(
    note="{} min · para {}",
    uses="En su lista: {}.",
    also="También necesita {}.",
    steps="Cómo se prepara",
    last=" y ",
    vegetarian="vegetariano",
    vegan="vegano",
    fish="pescado",
    no_gluten="Nada de esto se hace con trigo, centeno ni cebada; lea los envases si le importa.",
    day="Día {}",
    breakfast="Desayuno",
    baking="Al horno",
    week=(
        "{} cenas usan {} de sus {} artículos. Lo que menos dura va primero, y ningún ingrediente principal se repite "
        "dos noches seguidas."
    ),
    week_special=(
        "{} cenas usan {} de sus {} artículos, {} de ellos en oferta. Lo que menos dura va primero, y ningún "
        "ingrediente principal se repite dos noches seguidas."
    ),
)
