//! `fresh WEIGHTS [FIRST COUNT]`: the loss of a network that answers in mixtures of normals on curves of its prior that it has not seen, nats a
//! point.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, rest @ ..] = &arguments[..] else { return Err("usage: fresh WEIGHTS [FIRST COUNT]".into()) };
    let number = |k: usize, usual: u64| rest.get(k).map_or(Ok(usual), |text| text.parse());
    println!("{}", pfn::fresh_loss(&std::fs::read(path)?, number(0, 1 << 40)?, number(1, 1000)?)?);
    Ok(())
}
