// Things a newcomer may write, in the language of whoever holds the phone.

export const HINTS = {
  en: [
    ["An emergency", "We are stuck in the lift between the 2nd and 3rd floor!"],
    ["A fault", "The light on the 4th floor landing is out."],
    ["A grievance", "Third week without hot water and you keep promising."],
    ["A question", "When is the pool open?"],
    ["Paid work", "Can someone fit a ceiling lamp on Saturday?"],
    ["A person", "I want to talk to a person."],
  ],
  es: [
    ["Una emergencia", "¡Huele muchísimo a gas en la escalera!"],
    ["Una avería", "No funciona la luz del rellano del cuarto."],
    ["Una queja", "Llevamos tres semanas sin agua caliente y solo prometéis."],
    ["Una pregunta", "¿Cuándo abre la piscina?"],
    ["Un trabajo", "¿Podría alguien colocar una lámpara el sábado?"],
    ["Una persona", "Quiero hablar con una persona."],
  ],
  zh: [
    ["紧急情况", "我们被困在电梯里了，快来人！"],
    ["报修", "四楼楼道的灯不亮了。"],
    ["投诉", "已经三个星期没有热水了，你们一直说马上修。"],
    ["咨询", "游泳池几点开门？"],
    ["有偿服务", "周六能有人来装一盏吊灯吗？"],
    ["人工服务", "我想和人工客服说话。"],
  ],
};
