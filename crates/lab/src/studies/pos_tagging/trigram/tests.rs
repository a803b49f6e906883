use super::*;

/// Tags of the first corpus: 0 is A, 1 is B, 2 is X; the marker is M.
const A: u16 = 0;
const B: u16 = 1;
const X: u16 = 2;

/// A tagger of three tags for these words.
fn tagger(words: &[&str]) -> Trigram {
    Trigram::new(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>(), 3).unwrap()
}

/// `A X A` twice, `B X B` twice and `X` once, where every tag has one word, and then two words that are never seen.
fn learnt() -> Trigram {
    let mut tagger = tagger(&["xa", "xb", "xx", "ya", "Ya"]);
    for sentence in [[A, X, A], [A, X, A], [B, X, B], [B, X, B]] {
        tagger.learn(&sentence.map(|tag| (u32::from(tag), tag)));
    }
    tagger.learn(&[(2, X)]);
    tagger.prepare();
    tagger
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-14
}

/// P(t3 | t1, t2), interpolated.
fn transition(tagger: &Trigram, [a, b, c]: [u16; 3]) -> f64 {
    let (model, places) = (&tagger.model, tagger.tags + 1);
    let followers = slice(&model.followers, &model.followers_at, usize::from(a) * places + usize::from(b));
    let two = followers.iter().find(|follower| follower.0 == c).map_or(0.0, |follower| follower.1);
    model.lower[usize::from(b) * places + usize::from(c)] + two
}

#[test]
fn lambdas_are_those_worked_by_hand() {
    // 18 trigrams: MMA 2, MAX 2, AXA 2, XAM 2, the same with B, MMX 1 and MXM 1. f(A) = f(B) = 4, f(X) = f(M) = 5.
    // MMA: (4-1)/17, (2-1)/(5-1), (2-1)/(5-1): the last two are equal, so one tag of context, twice; MMB likewise.
    // MAX: 4/17, 1/3, 1/1; AXA: 3/17, 1/4, 1/1; XAM: 4/17, 1/3, 1/1: two tags of context, with B twelve times.
    // MMX: 4/17, 0/4, 0/4, and MXM: 4/17, 0/4, 0 (a division by 0): no context, once each.
    let lambdas = learnt().lambdas();
    assert!(near(lambdas.none, 2.0 / 18.0) && near(lambdas.one, 4.0 / 18.0) && near(lambdas.two, 12.0 / 18.0), "{lambdas:?}");
}

#[test]
fn transitions_are_those_worked_by_hand() {
    let tagger = learnt();
    // P(A | A, X) = 1/9 · 4/18 + 2/9 · 2/5 + 2/3 · 2/2, and without the last part for B; after X, X: 2/3 · 0/0 is 0.
    assert!(near(transition(&tagger, [A, X, A]), 316.0 / 405.0));
    assert!(near(transition(&tagger, [A, X, B]), 46.0 / 405.0));
    assert!(near(transition(&tagger, [X, X, B]), 46.0 / 405.0));
    // P(X | M, M) = 1/9 · 5/18 + 2/9 · 1/5 + 2/3 · 1/5.
    assert!(near(transition(&tagger, [3, 3, X]), 5.0 / 162.0 + 8.0 / 45.0));
    // After every context that was seen they sum to 1.
    for [a, b] in [[3, 3], [3, A], [A, X], [X, A], [3, X]] {
        let sum: f64 = (0..4).map(|c| transition(&tagger, [a, b, c])).sum();
        assert!((sum - 1.0).abs() < 1e-10, "{a} {b}: {sum}");
    }
}

#[test]
fn unknown_words_are_those_worked_by_hand() {
    // Shares 4/13, 4/13 and 5/13 differ from 1/3 by 1/39, 1/39 and 2/39: θ² = 6/39² / 2 = 1/507.
    let tagger = learnt();
    let theta = tagger.theta();
    assert!(near(theta, (1.0f64 / 507.0).sqrt()));
    let mut more_tags = Trigram::new(&[String::new(), String::new(), String::new()], 9).unwrap();
    (0..13).for_each(|k| {
        more_tags.learn(&[(
            0,
            if k < 4 {
                A
            } else if k < 8 {
                B
            } else {
                X
            },
        )])
    });
    more_tags.prepare();
    assert!(near(more_tags.theta(), theta), "tags that were never seen do not count");
    // The empty suffix of words without a capital has the shares themselves, -a is always A, and -ya is not known. So
    // P(A) = (1 + θ 4/13) / (1 + θ) and P(B) = θ 4/13 / (1 + θ), both over 4/13.
    let mut guess = Guess::default();
    let candidates = tagger.candidates(3, &mut guess);
    let expected = [(A, (3.25 + theta) / (1.0 + theta)), (B, theta / (1.0 + theta)), (X, theta / (1.0 + theta))];
    assert!(candidates.iter().zip(expected).all(|(a, b)| a.0 == b.0 && near(a.1, b.1)), "{candidates:?}");
    // There is no word with a capital, so nothing speaks for any tag; nor does anything for a word beyond the corpus.
    assert!(tagger.candidates(4, &mut guess).iter().all(|&(_, chance)| near(chance, 1.0)));
    assert_eq!(tagger.candidates(99, &mut guess).len(), 3);
    // A known word has its own tags: xx is X in 5 of 5 X.
    assert_eq!(tagger.candidates(2, &mut guess), [(X, 1.0)]);
}

#[test]
fn frequent_words_and_words_with_a_capital_leave_no_suffix_to_others() {
    // ba is A ten times, then eleven; Ca is B. The unknown word da ends in -a.
    let mut tagger = tagger(&["ba", "Ca", "da", "Da"]);
    (0..10).for_each(|_| tagger.learn(&[(0, A)]));
    tagger.learn(&[(1, B)]);
    tagger.prepare();
    let best = |tagger: &Trigram, word| tagger.candidates(word, &mut Guess::default()).iter().fold((9, 0.0), |a, b| if b.1 > a.1 { *b } else { a }).0;
    assert_eq!((best(&tagger, 2), best(&tagger, 3)), (A, B));
    assert!(!tagger.model.ends[0].empty.is_empty());
    tagger.learn(&[(0, A)]);
    tagger.prepare();
    assert!(tagger.model.ends[0].empty.is_empty());
    assert!(tagger.candidates(2, &mut Guess::default()).iter().all(|&(_, chance)| near(chance, 1.0)));
}

#[test]
fn the_context_decides_between_the_tags_of_a_word() {
    let mut tagger = tagger(&["a", "b", "x", "both"]);
    for _ in 0..3 {
        tagger.learn(&[(0, A), (2, X), (3, A)]);
        tagger.learn(&[(1, B), (2, X), (3, B)]);
    }
    tagger.prepare();
    let mut into = vec![9];
    tagger.tag(&[0, 2, 3], &mut into);
    assert_eq!(into, [A, X, A]);
    tagger.tag(&[1, 2, 3], &mut into);
    assert_eq!(into, [B, X, B]);
    tagger.tag(&[], &mut into);
    assert!(into.is_empty());
}

/// Numbers below 2^31 that look random (a linear congruence, Knuth's MMIX).
fn numbers() -> impl FnMut(u64) -> u64 {
    let mut state = 7u64;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

#[test]
fn the_search_finds_the_best_of_all_sequences() {
    // Eight words, the last two unseen, that may have any of three tags but like some; all 3^n sequences are tried. The best
    // is not unique where equal ones are, so its probability is compared. The beam loses none here.
    let mut draw = numbers();
    let mut tagger = tagger(&["ab", "bb", "cb", "aa", "ba", "ca", "da", "Eb"]);
    for _ in 0..60 {
        let sentence: Vec<(u32, u16)> =
            (0..1 + draw(6)).map(|_| (draw(6) as u32, draw(3) as u16)).map(|(w, t)| (w, if t == 0 { w as u16 % 3 } else { t })).collect();
        tagger.learn(&sentence);
    }
    tagger.prepare();
    for round in 0..100 {
        let words: Vec<u32> = (0..1 + round % 6).map(|_| draw(8) as u32).collect();
        let probability = |tags: &[u16]| {
            let (mut p, mut context) = (1.0, [3, 3]);
            for (&tag, &word) in tags.iter().zip(&words) {
                let emission = tagger.candidates(word, &mut Guess::default()).iter().find(|candidate| candidate.0 == tag).map_or(0.0, |candidate| candidate.1);
                p *= transition(&tagger, [context[0], context[1], tag]) * emission;
                context = [context[1], tag];
            }
            p * transition(&tagger, [context[0], context[1], 3])
        };
        let all = (0..3u32.pow(words.len() as u32)).map(|code| (0..words.len() as u32).map(|k| (code / 3u32.pow(k) % 3) as u16).collect::<Vec<_>>());
        let best = all.map(|tags| probability(&tags)).fold(0.0, f64::max);
        let mut into = Vec::new();
        tagger.tag(&words, &mut into);
        assert!((probability(&into) / best - 1.0).abs() < 1e-9, "{words:?} {into:?}");
    }
}

#[test]
fn learning_in_two_parts_is_learning_at_once() {
    let mut draw = numbers();
    let sentences: Vec<Vec<(u32, u16)>> = (0..40).map(|_| (0..1 + draw(5)).map(|_| (draw(5) as u32, draw(3) as u16)).collect()).collect();
    let words = ["ab", "Bb", "cb", "aa", "ba"];
    let (mut once, mut twice) = (tagger(&words), tagger(&words));
    sentences.iter().for_each(|sentence| once.learn(sentence));
    once.prepare();
    sentences[..20].iter().for_each(|sentence| twice.learn(sentence));
    twice.prepare();
    twice.tag(&[0, 1, 2], &mut Vec::new());
    sentences[20..].iter().for_each(|sentence| twice.learn(sentence));
    twice.prepare();
    assert_eq!(once.model, twice.model);
}

#[test]
fn too_many_tags_are_refused_and_without_learning_every_tag_is_0() {
    assert!(Trigram::new(&[], MOST_TAGS + 1).unwrap_err().contains("2001 tags"));
    let mut tagger = tagger(&["a"]);
    tagger.learn(&[(0, 3)]);
    tagger.learn(&[(1, 0)]);
    tagger.learn(&[]);
    tagger.prepare();
    let mut into = vec![9];
    tagger.tag(&[0, 5], &mut into);
    assert_eq!(into, [0, 0]);
    let empty = Trigram::new(&[], 0).unwrap();
    empty.tag(&[0], &mut into);
    assert_eq!(into, [0]);
}
